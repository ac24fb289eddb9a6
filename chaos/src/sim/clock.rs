//! Time in a simulated world: one for the world, and what each node takes it for.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use roost_cluster::Clock;
use roost_model::Timestamp;

/// When every world begins: some day, in milliseconds since the Unix epoch.
const BEGINNING: u64 = 1_750_000_000_000;

/// The world's time in milliseconds since it began. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(super) struct WorldTime(Arc<AtomicU64>);

/// The wall clock of a simulated node, which may be wrong. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct NodeClock {
    world: WorldTime,
    /// How far it is ahead, in milliseconds.
    ahead: Arc<AtomicI64>,
}

// === impl WorldTime ===

impl WorldTime {
    /// Milliseconds since the beginning.
    pub(super) fn now(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    /// Goes on by a millisecond, and says to when.
    pub(super) fn step(&self) -> u64 {
        self.0.fetch_add(1, Ordering::Relaxed) + 1
    }
}

// === impl NodeClock ===

impl NodeClock {
    pub(super) fn new(world: WorldTime) -> NodeClock {
        let ahead = Arc::default();
        NodeClock { world, ahead }
    }

    /// Lets the clock be ahead of the world by this much, in milliseconds; negative for behind.
    pub(super) fn set_ahead(&self, milliseconds: i64) {
        self.ahead.store(milliseconds, Ordering::Relaxed);
    }
}

impl Clock for NodeClock {
    fn now(&self) -> Timestamp {
        let ahead = self.ahead.load(Ordering::Relaxed);
        Timestamp((BEGINNING + self.world.now()).saturating_add_signed(ahead))
    }
}
