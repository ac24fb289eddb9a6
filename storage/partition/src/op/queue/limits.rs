//! The limits that operations on queues keep.

use std::time::Duration;

use roost_model::Limits;

/// How full queues may be, and for how long. The proposer's settings travel with the command, so that
/// replicas with other settings come to the same result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, bincode::Encode, bincode::Decode)]
pub struct QueueLimits {
    /// Messages of one identity, those that receivers hold included.
    pub messages: u32,
    /// Size of a message, in bytes.
    pub message_bytes: u32,
    /// How long a message waits unless its sender says otherwise.
    pub ttl: Duration,
    /// The longest that a sender can let a message wait.
    pub max_ttl: Duration,
    /// How often a message may be abandoned.
    pub deliveries: u8,
    /// Dead letters of one identity; the oldest goes first.
    pub dead_letters: u32,
    /// How long a record of feedback waits.
    pub feedback_ttl: Duration,
    /// How often a batch of feedback may be abandoned.
    pub feedback_deliveries: u8,
    /// Records of feedback that wait in a partition; the oldest goes first.
    pub feedback_records: u32,
}

impl From<&Limits> for QueueLimits {
    fn from(limits: &Limits) -> Self {
        let seconds = |seconds: u32| Duration::from_secs(seconds.into());
        Self {
            messages: limits.max_devicebound_messages,
            message_bytes: u32::try_from(limits.max_devicebound_bytes).unwrap_or(u32::MAX),
            ttl: seconds(limits.devicebound_ttl_seconds),
            max_ttl: seconds(limits.max_devicebound_ttl_seconds),
            deliveries: limits.max_delivery_count,
            dead_letters: limits.max_dead_letters,
            feedback_ttl: seconds(limits.feedback_ttl_seconds),
            feedback_deliveries: limits.max_feedback_delivery_count,
            feedback_records: limits.max_feedback_records,
        }
    }
}

impl Default for QueueLimits {
    fn default() -> Self {
        Self::from(&Limits::default())
    }
}
