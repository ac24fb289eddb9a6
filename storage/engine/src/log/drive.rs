//! The log without its thread, for who decides himself when the disk works, and whether.

use std::sync::Arc;

use super::flusher::Flusher;
use crate::error::EngineError;

/// Writes a log step by step, on the thread that asks. What the flusher thread does by itself, a
/// simulator does at a time of its choosing, and can leave undone.
pub struct LogDrive {
    flusher: Arc<Flusher>,
}

/// What a step of a [`LogDrive`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Nothing waited.
    Idle,
    /// Wrote what nobody relies on after a crash; there was no fsync.
    Written,
    /// Wrote and, unless it failed, called fsync.
    Synced,
}

// === impl LogDrive ===

impl LogDrive {
    pub(super) fn new(flusher: Arc<Flusher>) -> LogDrive {
        LogDrive { flusher }
    }

    /// Whether nothing waits to be written.
    pub fn is_idle(&self) -> bool {
        self.flusher.queue.is_empty()
    }

    /// Writes one batch of what waits and runs its completions.
    pub fn step(&self) -> Step {
        self.flusher.step()
    }

    /// Puts the log out of service as a failed write does. What waits completes with the error at
    /// the next step.
    pub fn fail(&self, reason: &str) {
        self.flusher.failure.set(&EngineError::Io(reason.into()));
    }

    /// Forgets what waits and takes no more, as the end of a process does.
    pub fn abandon(&self) {
        self.flusher.queue.abandon();
    }
}

impl std::fmt::Debug for LogDrive {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LogDrive").finish_non_exhaustive()
    }
}
