//! A device says what it wants to be sent.

use roost_model::{Channels, ConnectionEpoch, ErrorCode, Identity};
use roost_partition::{Command, Outcome, Subscribe, Subscribed};

use crate::leadership::Leadership;
use crate::twin;
use crate::wire::{Answer, Refused};

/// Notes a session's subscriptions; they hold when this returns.
pub(super) async fn subscribe(
    leadership: Leadership,
    identity: Identity,
    epoch: ConnectionEpoch,
    channels: Channels,
) -> Result<Answer, Refused> {
    let command = Command::Subscribe(Subscribe {
        identity: identity.clone(),
        epoch,
        channels,
    });
    match leadership.propose(command).await? {
        Outcome::Subscribed(Subscribed::Noted) => {
            let version = twin::desired_version(&leadership, &identity, channels)?;
            Ok(Answer::Subscribed(version))
        }
        Outcome::Subscribed(Subscribed::NotCurrent) => Err(Refused::rejected(
            ErrorCode::ConnectionForcefullyClosedOnNewConnection,
            "the session is over",
        )),
        _ => Err(Refused::Unknown),
    }
}
