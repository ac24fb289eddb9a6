//! Cloud-to-device messages at the device's edge.

use std::sync::Arc;

use super::Delivery;
use crate::client::ReceivedMessage;
use crate::session::SessionSlot;

/// Puts messages into a session's inbox, in order. False when it has no room for all of them; the
/// leader then sends them again, and the protocol passes over what it knows already.
pub(super) fn accept(slot: &Arc<SessionSlot>, messages: Vec<ReceivedMessage>) -> bool {
    messages.into_iter().all(|message| {
        let delivery = Delivery::Message(Box::new(message));
        slot.inbox.push(delivery).is_ok()
    })
}
