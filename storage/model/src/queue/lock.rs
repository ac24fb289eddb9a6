//! Who holds a message, and until when.

use super::LockToken;
use crate::id::ConnectionEpoch;
use crate::time::Timestamp;

/// A receiver's hold on a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, bincode::Encode, bincode::Decode)]
pub struct Lock {
    /// What the receiver settles it with.
    pub token: LockToken,
    /// The first moment at which the lock is no longer valid.
    pub until: Timestamp,
    /// The session that received it; 0 for a request without a session (HTTPS).
    pub receiver: ConnectionEpoch,
}

impl Lock {
    /// Whether a receiver may still settle with it.
    pub fn is_valid(&self, at: Timestamp) -> bool {
        at < self.until
    }

    /// Whether it keeps the message from other receivers. A session that is over holds nothing back:
    /// what it did not settle goes to the next one at once. `current` is the device's session.
    pub fn holds(&self, at: Timestamp, current: Option<ConnectionEpoch>) -> bool {
        let is_present = self.receiver == ConnectionEpoch(0) || current == Some(self.receiver);
        self.is_valid(at) && is_present
    }
}
