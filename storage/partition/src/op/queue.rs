//! The operations on cloud-to-device messages and on feedback about them.

mod dead_letters;
mod enqueue;
mod limits;
mod lock;
mod lock_feedback;
mod purge;
mod settle;
mod settle_feedback;
mod sweep;

pub use dead_letters::{DeleteDeadLetters, ResubmitDeadLetter};
pub use enqueue::{EnqueueMessage, Enqueued, Hold};
pub use limits::QueueLimits;
pub use lock::{LockMessages, Locked};
pub use lock_feedback::LockFeedback;
pub use purge::{PurgeQueue, Purged};
pub use settle::SettleMessage;
pub use settle_feedback::SettleFeedback;
pub use sweep::{SweepQueues, Swept};

use roost_model::queue::Fate;
use roost_model::{FeedbackBatch, LockToken};

use crate::context::{Context, Stop};

/// A change of queues or feedback. The order of variants is the encoding: append only.
#[derive(Debug, Clone, PartialEq, bincode::Encode, bincode::Decode)]
pub enum QueueCommand {
    /// Puts a message into a queue.
    Enqueue(EnqueueMessage),
    /// Gives messages to a receiver.
    Lock(LockMessages),
    /// Takes a receiver's word for a message.
    Settle(SettleMessage),
    /// Gives up what has expired.
    Sweep(SweepQueues),
    /// Empties a queue.
    Purge(PurgeQueue),
    /// Forgets dead letters.
    DeleteDeadLetters(DeleteDeadLetters),
    /// Puts a dead letter back into its queue.
    Resubmit(ResubmitDeadLetter),
    /// Gives feedback to a receiver.
    LockFeedback(LockFeedback),
    /// Takes a receiver's word for feedback.
    SettleFeedback(SettleFeedback),
}

/// What a change of queues or feedback came to.
#[derive(Debug, Clone, PartialEq)]
pub enum QueueOutcome {
    /// Of `Enqueue`.
    Enqueued(Enqueued),
    /// Of `Lock`.
    Locked(Locked),
    /// Of `Settle`.
    Settled(Fate),
    /// Of `Sweep`.
    Swept(Swept),
    /// Of `Purge`.
    Purged(Purged),
    /// Of `DeleteDeadLetters` and `Resubmit`: how many there were.
    DeadLetters(u32),
    /// Of `LockFeedback`: the batch and the token of its lock, if there is one to have.
    FeedbackLocked(Option<(LockToken, Box<FeedbackBatch>)>),
    /// Of `SettleFeedback`.
    FeedbackSettled,
}

impl QueueCommand {
    pub(crate) fn apply(self, context: &mut Context<'_>) -> Result<QueueOutcome, Stop> {
        match self {
            Self::Enqueue(op) => op.apply(context).map(QueueOutcome::Enqueued),
            Self::Lock(op) => op.apply(context).map(QueueOutcome::Locked),
            Self::Settle(op) => op.apply(context).map(QueueOutcome::Settled),
            Self::Sweep(op) => op.apply(context).map(QueueOutcome::Swept),
            Self::Purge(op) => op.apply(context).map(QueueOutcome::Purged),
            Self::DeleteDeadLetters(op) => op.apply(context).map(QueueOutcome::DeadLetters),
            Self::Resubmit(op) => op.apply(context).map(QueueOutcome::DeadLetters),
            Self::LockFeedback(op) => op.apply(context).map(QueueOutcome::FeedbackLocked),
            Self::SettleFeedback(op) => op.apply(context).map(|()| QueueOutcome::FeedbackSettled),
        }
    }
}

macro_rules! from_operation {
    ($($operation:ident => $variant:ident),* $(,)?) => {
        $(impl From<$operation> for crate::command::Command {
            fn from(operation: $operation) -> Self {
                Self::Queue(QueueCommand::$variant(operation))
            }
        })*
    };
}

from_operation! {
    EnqueueMessage => Enqueue,
    LockMessages => Lock,
    SettleMessage => Settle,
    SweepQueues => Sweep,
    PurgeQueue => Purge,
    DeleteDeadLetters => DeleteDeadLetters,
    ResubmitDeadLetter => Resubmit,
    LockFeedback => LockFeedback,
    SettleFeedback => SettleFeedback,
}
