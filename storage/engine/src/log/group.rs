//! What the node keeps of one group: its order of changes and the newest part of its log.

use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;

use super::GroupId;
use super::tail::Tail;

/// No group's share of the cache is smaller than this, in bytes.
const SMALLEST_SHARE: usize = 64 << 10;

/// One group. Two locks, because a change may wait for room in the queue and readers and the
/// flusher must not wait with it.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) id: GroupId,
    /// Held from a change of `tail` until it is queued: both happen in one order.
    pub(super) order: Mutex<()>,
    pub(super) tail: Mutex<Tail>,
}

/// How much of the cache a group may fill.
#[derive(Debug)]
pub(super) struct CacheShare {
    bytes: usize,
    groups: AtomicUsize,
}

// === impl Group ===

impl Group {
    pub(super) fn new(id: GroupId) -> Group {
        Group::with_tail(id, Tail::default())
    }

    pub(super) fn with_tail(id: GroupId, tail: Tail) -> Group {
        Group {
            id,
            order: Mutex::new(()),
            tail: Mutex::new(tail),
        }
    }
}

// === impl CacheShare ===

impl CacheShare {
    pub(super) fn new(bytes: usize, groups: usize) -> CacheShare {
        CacheShare {
            bytes,
            groups: AtomicUsize::new(groups),
        }
    }

    pub(super) fn set_groups(&self, groups: usize) {
        self.groups.store(groups, Ordering::Relaxed);
    }

    /// Bytes that each group may keep.
    pub(super) fn of_a_group(&self) -> usize {
        let share = self.bytes / self.groups.load(Ordering::Relaxed).max(1);
        share.max(SMALLEST_SHARE.min(self.bytes))
    }
}
