//! A message in a device's queue, without its content.

use super::{
    Acknowledge, DeadLetterReason, Fate, FeedbackRecord, FeedbackStatus, Lock, LockLost, LockToken,
    Settlement,
};
use crate::id::{ConnectionEpoch, Generation, Identity};
use crate::time::Timestamp;

/// What the hub keeps of a message beside its content, which never changes.
#[derive(Debug, Clone, PartialEq, Eq, bincode::Encode, bincode::Decode)]
pub struct QueuedMessage {
    /// The generation of the identity that it was sent to.
    pub generation: Generation,
    pub enqueued_at: Timestamp,
    /// The first moment at which it is no longer delivered.
    pub expires_at: Timestamp,
    /// How often it was abandoned. A lock that times out does not count.
    pub delivery_count: u8,
    /// For which outcomes its sender wants feedback...
    pub acknowledge: Acknowledge,
    /// ...and by what name the sender knows it.
    pub message_id: Option<String>,
    /// Whether a receiver had it before: another delivery repeats it.
    pub was_delivered: bool,
    /// Who holds it; a lock that has lapsed stays here until the next one.
    pub lock: Option<Lock>,
}

/// What a receiver that asks for messages finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Availability {
    /// It may have it.
    Ready,
    /// Another receiver holds it.
    Held,
    /// It must not be delivered any more.
    Expired,
}

impl QueuedMessage {
    /// How it stands at a moment. A message that is held does not expire: whoever completes it in
    /// time has processed it. `current` is the device's session, if it has one.
    pub fn availability(&self, at: Timestamp, current: Option<ConnectionEpoch>) -> Availability {
        if self.lock.is_some_and(|lock| lock.holds(at, current)) {
            Availability::Held
        } else if self.expires_at <= at {
            Availability::Expired
        } else {
            Availability::Ready
        }
    }

    /// Gives it to a receiver. Tells whether one had it before.
    pub fn hand_out(&mut self, lock: Lock) -> bool {
        self.lock = Some(lock);
        std::mem::replace(&mut self.was_delivered, true)
    }

    /// Takes the receiver's word for it. A receiver whose lock has not lapsed is heard, also when the
    /// session that it received it in is over, as long as nobody else holds the message.
    ///
    /// # Errors
    /// [`LockLost`] when the receiver does not hold it; nothing has changed then.
    pub fn settle(
        &mut self,
        token: LockToken,
        how: Settlement,
        at: Timestamp,
        max_deliveries: u8,
    ) -> Result<Fate, LockLost> {
        let held = self
            .lock
            .is_some_and(|lock| lock.token == token && lock.is_valid(at));
        if !held {
            return Err(LockLost);
        }
        Ok(match how {
            Settlement::Complete => Fate::Completed,
            Settlement::Reject => Fate::DeadLettered(DeadLetterReason::Rejected),
            Settlement::Abandon => {
                self.lock = None;
                self.delivery_count = self.delivery_count.saturating_add(1);
                if self.delivery_count < max_deliveries {
                    Fate::Requeued
                } else {
                    Fate::DeadLettered(DeadLetterReason::DeliveryCountExceeded)
                }
            }
        })
    }

    /// The record of an outcome, if the sender wants to hear about it.
    pub fn feedback(
        &self,
        identity: &Identity,
        status: FeedbackStatus,
        at: Timestamp,
    ) -> Option<FeedbackRecord> {
        self.acknowledge.wants(status).then(|| FeedbackRecord {
            original_message_id: self.message_id.clone(),
            identity: identity.clone(),
            generation: self.generation,
            at,
            status,
        })
    }
}
