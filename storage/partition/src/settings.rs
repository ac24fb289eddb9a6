//! What the owner of a partition decides.

use std::fmt;
use std::sync::Arc;

use roost_model::SequenceNumber;

/// Called with the next sequence number whenever it changed and the change is readable.
pub type AppendHook = Arc<dyn Fn(SequenceNumber) + Send + Sync>;

/// How a replica is opened.
#[derive(Clone)]
pub struct PartitionSettings {
    /// Called once at open, and after every batch that stored events. Runs on the applying thread:
    /// it must not block.
    pub on_append: AppendHook,
    /// When session rows are written.
    pub cadence: Cadence,
    /// Lets entries follow on a gap. Only storage test suites have such logs; a real one with a gap
    /// has lost entries.
    pub allow_gaps: bool,
}

/// How many stored events a replica lets pass before it writes the rows of the sessions that sent
/// them. Whichever of the two is reached first counts.
///
/// Part of the replicated behaviour: all replicas of a partition must use the same values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cadence {
    /// Number of events; also how many events are read again at open.
    pub events: u64,
    /// Bytes of encoded records.
    pub bytes: u64,
}

impl Default for Cadence {
    fn default() -> Self {
        Self {
            events: 16_384,
            bytes: 8 << 20,
        }
    }
}

impl Default for PartitionSettings {
    fn default() -> Self {
        Self {
            on_append: Arc::new(|_| {}),
            cadence: Cadence::default(),
            allow_gaps: false,
        }
    }
}

impl fmt::Debug for PartitionSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PartitionSettings")
            .field("cadence", &self.cadence)
            .finish_non_exhaustive()
    }
}
