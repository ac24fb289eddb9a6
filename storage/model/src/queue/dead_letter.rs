//! Messages that were given up.

use super::{FeedbackStatus, QueuedMessage};
use crate::time::Timestamp;

/// Why a message was given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, bincode::Encode, bincode::Decode)]
pub enum DeadLetterReason {
    /// Its time ran out.
    Expired,
    /// It was abandoned as often as a message may be.
    DeliveryCountExceeded,
    /// A receiver rejected it.
    Rejected,
}

/// A message that was given up, kept for people to look at.
#[derive(Debug, Clone, PartialEq, Eq, bincode::Encode, bincode::Decode)]
pub struct DeadLetter {
    /// Why.
    pub reason: DeadLetterReason,
    /// When.
    pub at: Timestamp,
    /// As it was.
    pub message: QueuedMessage,
}

impl DeadLetterReason {
    pub const ALL: [Self; 3] = [Self::Expired, Self::DeliveryCountExceeded, Self::Rejected];

    /// As feedback tells it.
    pub const fn status(self) -> FeedbackStatus {
        match self {
            Self::Expired => FeedbackStatus::Expired,
            Self::DeliveryCountExceeded => FeedbackStatus::DeliveryCountExceeded,
            Self::Rejected => FeedbackStatus::Rejected,
        }
    }
}
