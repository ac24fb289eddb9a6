//! Telling a device that its desired properties have changed.

use std::time::Duration;

use roost_model::twin::DesiredNotice;
use roost_model::{Channel, ErrorCode, Identity};
use roost_partition::{DesiredChange, SessionState};

use crate::delivery::Delivered;
use crate::leadership::Leadership;
use crate::wire::{Parcel, Refused};

/// A session may be told of before its edge has heard that it was granted, and an edge may be out of
/// reach for a moment. One that is out of reach for longer has lost its link, and asks by itself.
const TRIES: u32 = 8;
const RETRY: Duration = Duration::from_millis(60);

/// Hands a change to the edge of the identity's session, if that is subscribed. Does not wait for it.
pub(crate) fn session_of(leadership: &Leadership, identity: Identity, change: DesiredChange) {
    let session = leadership.reader().session(&identity);
    let wanted = |session: &SessionState| session.channels.contains(Channel::DesiredProperties);
    if let Some(session) = session.filter(wanted) {
        let task = deliver(leadership.clone(), identity, session, change);
        leadership.context.runtime.spawn(task);
    }
}

/// The edge puts what comes into the order of versions, and notices what is missing.
async fn deliver(
    leadership: Leadership,
    identity: Identity,
    session: SessionState,
    change: DesiredChange,
) {
    let notice = DesiredNotice {
        patch: change.patch.view(),
        version: change.version,
    };
    let Ok(patch) = body(&notice) else {
        return;
    };
    for attempt in 0..TRIES {
        tokio::time::sleep(RETRY * attempt).await;
        let parcel = Parcel::Desired {
            version: change.version,
            patch: patch.clone(),
        };
        let context = &leadership.context;
        let delivered = context
            .deliver(session.node, identity.clone(), session.epoch, parcel)
            .await;
        match delivered {
            Delivered::Queued | Delivered::Full => return,
            Delivered::NoSession | Delivered::Unreachable => {}
        }
        let current = leadership.reader().session(&identity);
        if current.is_none_or(|current| current.epoch != session.epoch) {
            return;
        }
    }
    tracing::info!(%identity, node = %session.node, "an edge was not told of desired properties");
}

pub(super) fn body(notice: &DesiredNotice<'_>) -> Result<Vec<u8>, Refused> {
    serde_json::to_vec(notice)
        .map_err(|error| Refused::rejected(ErrorCode::ServerError, error.to_string()))
}
