//! What a receiver says about a message, and what that comes to.

use thiserror::Error;

use super::DeadLetterReason;

/// What a receiver says about a message that it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, bincode::Encode, bincode::Decode)]
pub enum Settlement {
    /// It is done with.
    Complete,
    /// Not now: it is to be delivered again.
    Abandon,
    /// It cannot be processed.
    Reject,
}

/// What became of a settled message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, bincode::Encode, bincode::Decode)]
pub enum Fate {
    /// It has left the queue.
    Completed,
    /// It waits again.
    Requeued,
    /// It was given up.
    DeadLettered(DeadLetterReason),
}

/// The receiver does not hold the message: the lock has lapsed, or the message is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the message is not, or no longer, locked under this token")]
pub struct LockLost;
