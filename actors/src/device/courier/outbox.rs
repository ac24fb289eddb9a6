//! Messages on the way to the edge that holds the device's socket.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use roost_model::{ConnectionEpoch, Identity, NodeId};
use tokio::time::Instant;

use crate::client::ReceivedMessage;
use crate::context::Context;
use crate::delivery::Delivered;
use crate::wire::Parcel;

/// One call carries about as much, or one message.
const PARCEL_BYTES: usize = 1 << 20;
/// An edge may not know yet that it has the session, or its inbox may be full.
const FIRST_RETRY: Duration = Duration::from_millis(25);
const LAST_RETRY: Duration = Duration::from_secs(1);

/// First in, first out; one call at a time, so that messages stay in order.
#[derive(Debug)]
pub(super) struct Outbox {
    messages: VecDeque<ReceivedMessage>,
    /// When to try again after a failure.
    retry_at: Option<Instant>,
    pause: Duration,
}

impl Default for Outbox {
    fn default() -> Self {
        Self {
            messages: VecDeque::new(),
            retry_at: None,
            pause: FIRST_RETRY,
        }
    }
}

impl Outbox {
    pub(super) fn push(&mut self, message: ReceivedMessage) {
        self.messages.push_back(message);
    }

    pub(super) fn retain(&mut self, keep: impl Fn(&ReceivedMessage) -> bool) {
        self.messages.retain(keep);
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Whether there is something to send, and it is time.
    pub(super) fn is_due(&self) -> bool {
        !self.messages.is_empty() && self.retry_at.is_none_or(|at| at <= Instant::now())
    }

    pub(super) fn retry_at(&self) -> Option<Instant> {
        self.retry_at.filter(|_| !self.messages.is_empty())
    }

    /// Sends what is there until all is sent or the edge does not take it. An edge that did not answer
    /// may have it: it gets it again.
    pub(super) async fn deliver(
        &mut self,
        context: &Arc<Context>,
        node: NodeId,
        identity: &Identity,
        epoch: ConnectionEpoch,
    ) {
        while !self.messages.is_empty() {
            let parcel = self.parcel();
            let count = parcel.len();
            let delivered = context
                .deliver(node, identity.clone(), epoch, Parcel::Messages(parcel))
                .await;
            if delivered != Delivered::Queued {
                self.retry_at = Some(Instant::now() + self.pause);
                self.pause = (self.pause * 2).min(LAST_RETRY);
                return;
            }
            self.messages.drain(..count);
            self.retry_at = None;
            self.pause = FIRST_RETRY;
        }
    }

    fn parcel(&self) -> Vec<ReceivedMessage> {
        let mut bytes = 0;
        let fits = |message: &&ReceivedMessage| {
            let before = bytes;
            bytes += message.content.size();
            before == 0 || bytes <= PARCEL_BYTES
        };
        self.messages.iter().take_while(fits).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use roost_model::{Acknowledge, Event, LockToken, Timestamp};

    use super::*;

    fn message(bytes: usize) -> ReceivedMessage {
        ReceivedMessage {
            lock: LockToken::new(1, 0, 1),
            sequence: 1,
            enqueued_at: Timestamp(1),
            expires_at: Timestamp(2),
            delivery_count: 0,
            redelivered: false,
            acknowledge: Acknowledge::None,
            content: Event {
                body: Bytes::from(vec![0; bytes]),
                ..Event::default()
            },
        }
    }

    #[test]
    fn a_parcel_has_as_much_as_fits_and_one_message_at_least() {
        let mut outbox = Outbox::default();
        assert!(!outbox.is_due());
        outbox.push(message(PARCEL_BYTES + 1));
        outbox.push(message(PARCEL_BYTES / 2));
        assert!(outbox.is_due());
        assert_eq!(outbox.parcel().len(), 1);
        outbox.messages.pop_front();
        outbox.push(message(PARCEL_BYTES / 2));
        outbox.push(message(1));
        assert_eq!(outbox.parcel().len(), 2);
    }
}
