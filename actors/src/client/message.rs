//! Cloud-to-device messages as callers give and get them.

use std::time::Duration;

use bincode::{Decode, Encode};
use roost_model::{Acknowledge, Event, FeedbackBatch, LockToken, QueuedMessage, Timestamp};

/// A message that a back end sends to a device.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct MessageDraft {
    /// Properties and body.
    pub content: Event,
    /// For which outcomes feedback is wanted.
    pub acknowledge: Acknowledge,
    /// When the message expires; after the hub's default time to live when none is given.
    pub expires_at: Option<Timestamp>,
}

/// A message that has been stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct EnqueuedMessage {
    /// Its number, unique in the device's queue.
    pub sequence: u64,
    /// When the hub took it.
    pub enqueued_at: Timestamp,
    /// When it expires.
    pub expires_at: Timestamp,
    /// How many messages wait for the device, this one included.
    pub waiting: u32,
}

/// A message in the hands of a receiver, which has to settle it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct ReceivedMessage {
    /// What to settle it with.
    pub lock: LockToken,
    /// Its number, unique in the device's queue.
    pub sequence: u64,
    /// When the hub took it.
    pub enqueued_at: Timestamp,
    /// When it expires.
    pub expires_at: Timestamp,
    /// How often it was abandoned.
    pub delivery_count: u8,
    /// Whether a receiver had it before.
    pub redelivered: bool,
    /// What its sender wants to hear about.
    pub acknowledge: Acknowledge,
    /// Properties and body.
    pub content: Event,
}

/// A batch of feedback in the hands of a receiver, which has to settle it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceivedFeedback {
    /// What to settle it with.
    pub lock: LockToken,
    /// The records.
    pub batch: FeedbackBatch,
}

/// How long a request wants to hold what it receives; as long as is usual when it does not say.
pub type HoldTime = Option<Duration>;

impl ReceivedMessage {
    /// None for a message without a lock.
    pub(crate) fn new(sequence: u64, message: &QueuedMessage, content: Event) -> Option<Self> {
        Some(Self {
            lock: message.lock?.token,
            sequence,
            enqueued_at: message.enqueued_at,
            expires_at: message.expires_at,
            delivery_count: message.delivery_count,
            redelivered: message.was_delivered,
            acknowledge: message.acknowledge,
            content,
        })
    }
}
