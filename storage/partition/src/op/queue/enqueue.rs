//! Puts a message into a device's queue.

use std::time::Duration;

use roost_model::queue::Lock;
use roost_model::{
    Acknowledge, ConnectionEpoch, Event, Identity, LockToken, QueuedMessage, SystemProperty,
    Timestamp,
};

use super::QueueLimits;
use crate::context::queue::Queue;
use crate::context::{Context, Stop};
use crate::rejection::Rejection;
use crate::table::QUEUE;
use crate::table::queue;

/// Fails with [`Rejection::DeviceNotFound`], [`Rejection::ModuleNotFound`],
/// [`Rejection::MessageTooLarge`], [`Rejection::InvalidExpiry`] and [`Rejection::QueueFull`].
#[derive(Debug, Clone, PartialEq, bincode::Encode, bincode::Decode)]
pub struct EnqueueMessage {
    /// Whose queue.
    pub identity: Identity,
    /// The row to be; see [`EnqueueMessage::new`].
    content: Vec<u8>,
    /// As the service counts it.
    size: u32,
    acknowledge: Acknowledge,
    message_id: Option<String>,
    /// When its sender lets it expire. A moment that is past is no error: the message expires at once.
    pub expires_at: Option<Timestamp>,
    /// The limits to hold.
    pub limits: QueueLimits,
    /// Given to the device in the same write, if its session is still this one. For a session to which
    /// everything before has been given.
    pub hold: Option<Hold>,
}

/// For whom and how long messages are locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, bincode::Encode, bincode::Decode)]
pub struct Hold {
    /// The receiving session; 0 for a request without one.
    pub receiver: ConnectionEpoch,
    /// How long the receiver may hold a message.
    pub duration: Duration,
    /// Random: tells the locks from others.
    pub seed: u64,
}

/// A message that was put into a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enqueued {
    /// Its number: messages of a queue are delivered in this order.
    pub sequence: u64,
    /// As it stands in the queue; with a lock if the hold was granted.
    pub message: QueuedMessage,
    /// How many messages the queue has with it.
    pub depth: u32,
}

impl EnqueueMessage {
    /// Encodes the content once: the same bytes are replicated and stored.
    pub fn new(
        identity: Identity,
        content: &Event,
        acknowledge: Acknowledge,
        expires_at: Option<Timestamp>,
        limits: QueueLimits,
    ) -> Self {
        let message_id = content.system_property(SystemProperty::MessageId);
        Self {
            identity,
            content: queue::encode_content(content),
            size: u32::try_from(content.size()).unwrap_or(u32::MAX),
            acknowledge,
            // Kept beside the content for feedback only.
            message_id: message_id
                .filter(|_| acknowledge != Acknowledge::None)
                .map(str::to_owned),
            expires_at,
            limits,
            hold: None,
        }
    }

    /// Bytes of the encoded content.
    pub(crate) fn content_len(&self) -> usize {
        self.content.len()
    }

    #[cfg(test)]
    pub(crate) fn acknowledged(self, acknowledge: Acknowledge) -> Self {
        Self {
            acknowledge,
            ..self
        }
    }

    pub(crate) fn apply(self, context: &mut Context<'_>) -> Result<Enqueued, Stop> {
        let record = context.existing(&self.identity)?;
        let limits = &self.limits;
        if self.size > limits.message_bytes {
            return Err(Rejection::MessageTooLarge.into());
        }
        let latest = context.at.saturating_add(limits.max_ttl);
        let expires_at = match self.expires_at {
            None => context.at.saturating_add(limits.ttl),
            Some(asked) if asked > latest => return Err(Rejection::InvalidExpiry.into()),
            // Sweeps do not look back: what is past expires now.
            Some(asked) => asked.max(context.at),
        };
        let mut queue = Queue::open(context, &self.identity)?;
        if queue.header.depth >= limits.messages {
            return Err(Rejection::QueueFull.into());
        }
        let sequence = context.row.next_message();
        let mut message = QueuedMessage {
            generation: record.generation,
            enqueued_at: context.at,
            expires_at,
            delivery_count: 0,
            acknowledge: self.acknowledge,
            message_id: self.message_id,
            was_delivered: false,
            lock: None,
        };
        let hold = self
            .hold
            .filter(|hold| queue.session == Some(hold.receiver) && context.at < message.expires_at);
        if let Some(hold) = hold {
            message.hand_out(hold.lock(sequence, context.at));
            context.tally.delivered(1);
        }
        let tail = queue::content_tail(&queue.key, sequence);
        context.tx.put_unread(QUEUE, &tail, &self.content);
        queue.insert(context, sequence, &message);
        let depth = queue.header.depth;
        queue.close(context);
        context.tally.enqueued();
        Ok(Enqueued {
            sequence,
            message,
            depth,
        })
    }
}

impl Hold {
    pub(crate) fn lock(&self, sequence: u64, at: Timestamp) -> Lock {
        Lock {
            token: LockToken::new(sequence, 0, self.seed),
            until: at.saturating_add(self.duration),
            receiver: self.receiver,
        }
    }
}
