//! A direct method, at the leader: find the device's connection, wait for one if asked to, hand over.
//!
//! Nothing is replicated and nothing is tried twice once an edge may have it.

use std::sync::Arc;
use std::time::Duration;

use roost_model::{Channel, Identity};
use roost_partition::SessionState;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::attach::known;
use crate::delivery::Delivered;
use crate::leadership::Leadership;
use crate::wire::{Answer, Invocation, InvocationResult, Parcel, Refused};

/// Answers that the invocation was taken on, or why not; its result goes to its caller on its own.
pub(super) async fn begin(leadership: &Leadership, identity: &Identity) -> Result<Answer, Refused> {
    leadership.barrier().await?;
    known(leadership, identity)?;
    Ok(Answer::Done)
}

/// Hands the invocation to the device's edge as soon as the device has subscribed to methods.
/// `subscribed` fires whenever its subscriptions may have changed.
pub(super) async fn invoke(
    leadership: Leadership,
    identity: Identity,
    invocation: Invocation,
    subscribed: Arc<Notify>,
) {
    let (caller, number) = (invocation.caller, invocation.number);
    let context = Arc::clone(&leadership.context);
    let give_up = Instant::now() + Duration::from_millis(u64::from(invocation.connect_ms));
    if let Some(result) = hand_over(leadership, identity, invocation, &subscribed, give_up).await {
        context.return_result(caller, number, result).await;
    }
}

/// None when an edge has it: the result comes from there.
async fn hand_over(
    leadership: Leadership,
    identity: Identity,
    invocation: Invocation,
    subscribed: &Notify,
    give_up: Instant,
) -> Option<InvocationResult> {
    loop {
        let changed = subscribed.notified();
        if let Some(session) = listening(&leadership, &identity) {
            let parcel = Parcel::Method(invocation.clone());
            let delivered = leadership
                .context
                .deliver(session.node, identity.clone(), session.epoch, parcel)
                .await;
            match delivered {
                Delivered::Queued => return None,
                Delivered::Full => return Some(InvocationResult::TooMany),
                Delivered::Unreachable => return Some(InvocationResult::ConnectionLost),
                // Gone, and the log does not know yet: like a device that is not online.
                Delivered::NoSession => {}
            }
        }
        if tokio::time::timeout_at(give_up, changed).await.is_err() {
            return Some(InvocationResult::NotOnline);
        }
        // Time has passed: somebody else may lead by now.
        if leadership.barrier().await.is_err() {
            return Some(InvocationResult::Unknown);
        }
    }
}

fn listening(leadership: &Leadership, identity: &Identity) -> Option<SessionState> {
    let session = leadership.reader().session(identity)?;
    session
        .channels
        .contains(Channel::Methods)
        .then_some(session)
}
