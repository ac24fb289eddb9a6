//! Requests about cloud-to-device messages and feedback, and their answers.

use std::time::Duration;

use bincode::{Decode, Encode};
use roost_model::{FeedbackBatch, Identity, LockToken, Settlement};
use roost_partition::{KeptLetter, WaitingMessage};

use super::Answer;
use crate::client::{EnqueuedMessage, MessageDraft, ReceivedMessage};
use crate::credential::Credential;

/// What a partition's leader is asked about queues.
#[derive(Debug, Clone, Encode, Decode)]
pub(crate) enum QueueRequest {
    /// For the device's actor, which delivers to its session.
    Device(Identity, QueueWork),
    /// For the leader alone.
    Leader(QueueLook),
}

/// What a device's actor does for its queue.
#[derive(Debug, Clone, Encode, Decode)]
pub(crate) enum QueueWork {
    Enqueue(MessageDraft),
    /// A device without a session asks for a message.
    Receive {
        credential: Credential,
        /// How long it wants to hold the message; as long as is usual when it does not say.
        hold: Option<Duration>,
    },
    Settle {
        by: SettledBy,
        lock: LockToken,
        how: Settlement,
    },
    /// Puts a dead letter back.
    Resubmit(u64),
}

/// How a receiver proves that it is the device.
#[derive(Debug, Clone, Encode, Decode)]
pub(crate) enum SettledBy {
    /// The edge that holds its session says so.
    Session,
    /// A request brings a credential.
    Credential(Credential),
}

/// What a leader does for queues without an actor.
#[derive(Debug, Clone, Encode, Decode)]
pub(crate) enum QueueLook {
    Waiting {
        identity: Identity,
        after: Option<u64>,
        most: u32,
    },
    DeadLetters {
        identity: Identity,
        after: Option<u64>,
        most: u32,
    },
    DeleteDeadLetters {
        identity: Identity,
        /// All of them when none is named.
        sequence: Option<u64>,
    },
    Purge(Identity),
    /// The next batch of feedback of the partition.
    Feedback,
    SettleFeedback(LockToken, Settlement),
}

/// What a leader answers about queues.
#[derive(Debug, Clone, Encode, Decode)]
pub(crate) enum QueueAnswer {
    Enqueued(EnqueuedMessage),
    Received(Option<Box<ReceivedMessage>>),
    Waiting(Vec<WaitingMessage>),
    DeadLetters(Vec<KeptLetter>),
    /// How many messages or dead letters were there.
    Count(u64),
    Feedback(Option<(LockToken, FeedbackBatch)>),
}

impl QueueRequest {
    /// Whether it is answered without an actor.
    pub(crate) fn is_for_leader(&self) -> bool {
        matches!(self, QueueRequest::Leader(_))
    }

    /// Whether doing it twice is the same as doing it once.
    pub(crate) fn is_repeatable(&self) -> bool {
        matches!(
            self,
            QueueRequest::Leader(QueueLook::Waiting { .. } | QueueLook::DeadLetters { .. })
        )
    }
}

impl From<QueueAnswer> for Answer {
    fn from(answer: QueueAnswer) -> Answer {
        Answer::Queue(answer)
    }
}
