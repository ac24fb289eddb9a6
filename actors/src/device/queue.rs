//! What a device's actor does for its queue, beside delivering to a session.

use std::time::Duration;

use roost_model::queue::Fate;
use roost_model::{ConnectionEpoch, Identity, LockToken, Settlement};
use roost_partition::{Hold, LockMessages, QueueOutcome, ResubmitDeadLetter, SettleMessage};

use super::attach::{known, prove};
use crate::client::ReceivedMessage;
use crate::credential::Credential;
use crate::leadership::Leadership;
use crate::random;
use crate::read::damaged;
use crate::wire::{Answer, QueueAnswer, Refused, SettledBy};

/// Gives the next message to a device that asks without a session. An empty queue costs no entry.
pub(super) async fn receive(
    leadership: Leadership,
    identity: Identity,
    credential: Credential,
    hold: Option<Duration>,
) -> Result<Answer, Refused> {
    let record = known(&leadership, &identity)?;
    prove(&leadership, &record, &credential)?;
    leadership.barrier().await?;
    let reader = leadership.reader();
    if reader.queue_depth(&identity).map_err(damaged)? == 0 {
        return Ok(QueueAnswer::Received(None).into());
    }
    let usual = leadership.context.limits.devicebound_lock_seconds;
    let command = LockMessages {
        identity: identity.clone(),
        hold: Hold {
            receiver: ConnectionEpoch(0),
            duration: hold.unwrap_or(Duration::from_secs(usual.into())),
            seed: random::draw()?,
        },
        most: 1,
        limits: leadership.queue_limits(),
    };
    let QueueOutcome::Locked(locked) = leadership.change_queue(command).await? else {
        return Err(Refused::Unknown);
    };
    let Some((sequence, message)) = locked.messages.into_iter().next() else {
        return Ok(QueueAnswer::Received(None).into());
    };
    let content = reader
        .message_content(&identity, sequence)
        .map_err(damaged)?;
    let received = content.and_then(|content| ReceivedMessage::new(sequence, &message, content));
    Ok(QueueAnswer::Received(received.map(Box::new)).into())
}

/// Takes the device's word for a message.
pub(super) async fn settle(
    leadership: &Leadership,
    identity: Identity,
    by: SettledBy,
    lock: LockToken,
    how: Settlement,
) -> Result<Fate, Refused> {
    if let SettledBy::Credential(credential) = by {
        let record = known(leadership, &identity)?;
        prove(leadership, &record, &credential)?;
    }
    let command = SettleMessage {
        identity,
        token: lock,
        how,
        limits: leadership.queue_limits(),
    };
    match leadership.change_queue(command).await? {
        QueueOutcome::Settled(fate) => Ok(fate),
        _ => Err(Refused::Unknown),
    }
}

/// Puts a dead letter back.
pub(super) async fn resubmit(
    leadership: Leadership,
    identity: Identity,
    sequence: u64,
) -> Result<Answer, Refused> {
    let command = ResubmitDeadLetter {
        identity,
        sequence,
        limits: leadership.queue_limits(),
    };
    match leadership.change_queue(command).await? {
        QueueOutcome::DeadLetters(count) => Ok(QueueAnswer::Count(count.into()).into()),
        _ => Err(Refused::Unknown),
    }
}
