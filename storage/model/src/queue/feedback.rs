//! What senders are told about the outcomes of their messages.

use super::{Lock, LockLost, Settlement};
use crate::id::{Generation, Identity};
use crate::time::Timestamp;

/// The outcome of a message.
///
/// Source: IoT Hub developer guide, cloud-to-device messages, message feedback, `statusCode`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, bincode::Encode, bincode::Decode)]
pub enum FeedbackStatus {
    /// The device completed it.
    Success,
    /// Its time ran out.
    Expired,
    /// It was abandoned as often as a message may be.
    DeliveryCountExceeded,
    /// The device rejected it.
    Rejected,
    /// A back end purged the queue.
    Purged,
}

/// The outcome of one message whose sender asked for it.
#[derive(Debug, Clone, PartialEq, Eq, bincode::Encode, bincode::Decode)]
pub struct FeedbackRecord {
    /// The message's own id, if its sender gave it one.
    pub original_message_id: Option<String>,
    /// Whose message it was.
    pub identity: Identity,
    /// The generation of the identity that it was sent to.
    pub generation: Generation,
    /// When the outcome came about.
    pub at: Timestamp,
    pub status: FeedbackStatus,
}

/// Records that are received, locked and settled together.
#[derive(Debug, Clone, PartialEq, Eq, bincode::Encode, bincode::Decode)]
pub struct FeedbackBatch {
    /// When it was put together.
    pub at: Timestamp,
    /// When it is dropped if nobody has completed it.
    pub expires_at: Timestamp,
    /// How often it was abandoned.
    pub delivery_count: u8,
    pub lock: Option<Lock>,
    pub records: Vec<FeedbackRecord>,
}

/// What becomes of a settled batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BatchFate {
    /// It waits again.
    Kept,
    /// It is gone.
    Dropped,
}

impl FeedbackStatus {
    pub const ALL: [Self; 5] = [
        Self::Success,
        Self::Expired,
        Self::DeliveryCountExceeded,
        Self::Rejected,
        Self::Purged,
    ];

    /// `statusCode` of a record.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Success => "Success",
            Self::Expired => "Expired",
            Self::DeliveryCountExceeded => "DeliveryCountExceeded",
            Self::Rejected => "Rejected",
            Self::Purged => "Purged",
        }
    }
}

impl FeedbackBatch {
    /// Whether a receiver may take it now.
    pub fn is_available(&self, at: Timestamp) -> bool {
        at < self.expires_at && self.lock.is_none_or(|lock| !lock.is_valid(at))
    }

    /// Takes the receiver's word for it. An abandoned batch waits again until it was abandoned
    /// `max_deliveries` times; a rejected one is gone like a completed one.
    ///
    /// # Errors
    /// [`LockLost`] when the receiver does not hold it; nothing has changed then.
    pub fn settle(
        &mut self,
        token: super::LockToken,
        how: Settlement,
        at: Timestamp,
        max_deliveries: u8,
    ) -> Result<BatchFate, LockLost> {
        let held = self
            .lock
            .is_some_and(|lock| lock.token == token && lock.is_valid(at));
        if !held {
            return Err(LockLost);
        }
        if how != Settlement::Abandon {
            return Ok(BatchFate::Dropped);
        }
        self.lock = None;
        self.delivery_count = self.delivery_count.saturating_add(1);
        Ok(if self.delivery_count < max_deliveries {
            BatchFate::Kept
        } else {
            BatchFate::Dropped
        })
    }
}
