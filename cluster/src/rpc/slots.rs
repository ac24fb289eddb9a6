//! Bounds what a peer's unanswered calls occupy.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What a call costs besides its payload, so that empty calls are bounded, too.
const OVERHEAD: usize = 256;

/// The cost of a call in bytes, within a window.
pub(crate) fn call_cost(payload: usize, window: u32) -> u32 {
    u32::try_from(payload + OVERHEAD)
        .unwrap_or(u32::MAX)
        .min(window)
}

/// The bytes that calls of one connection occupy, from their arrival until the writer has taken
/// their answers.
#[derive(Debug)]
pub(crate) struct Slots {
    used: AtomicUsize,
    limit: usize,
}

/// One call's part; given back when dropped.
#[derive(Debug)]
pub(crate) struct Slot {
    slots: Arc<Slots>,
    bytes: usize,
}

// === impl Slots ===

impl Slots {
    pub(crate) fn new(limit: usize) -> Arc<Slots> {
        Arc::new(Slots {
            used: AtomicUsize::new(0),
            limit,
        })
    }

    /// `None` when full. A single call always fits.
    pub(crate) fn enter(self: &Arc<Self>, payload: usize) -> Option<Slot> {
        let bytes = payload + OVERHEAD;
        let before = self.used.fetch_add(bytes, Ordering::Relaxed);
        let slot = Slot {
            slots: self.clone(),
            bytes,
        };
        (before == 0 || before + bytes <= self.limit).then_some(slot)
    }
}

// === impl Slot ===

impl Slot {
    /// Counts the answer, too.
    pub(crate) fn grow(&mut self, bytes: usize) {
        self.slots.used.fetch_add(bytes, Ordering::Relaxed);
        self.bytes += bytes;
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.slots.used.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_refused_beyond_the_limit_until_others_are_answered() {
        let slots = Slots::new(2048);
        let mut first = slots.enter(1000).unwrap();
        assert!(slots.enter(1000).is_none());
        let second = slots.enter(500).unwrap();
        first.grow(1000);
        drop(second);
        assert!(slots.enter(0).is_none());
        drop(first);
        assert!(slots.enter(100_000).is_some());
        assert_eq!(slots.used.load(Ordering::Relaxed), 0);
    }
}
