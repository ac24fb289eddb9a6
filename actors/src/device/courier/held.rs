//! What a session holds.

use std::time::Duration;

use roost_model::{LockToken, Timestamp};

/// Added to the time of a lapse, so that the log's clock has passed it, too.
const MARGIN: Duration = Duration::from_millis(20);

/// Locks, in the order in which they were given, and when each lapses. A few at most.
#[derive(Debug, Default)]
pub(super) struct Held(Vec<(LockToken, Timestamp)>);

impl Held {
    pub(super) fn add(&mut self, lock: LockToken, until: Timestamp) {
        if !self.contains(lock) {
            self.0.push((lock, until));
        }
    }

    pub(super) fn remove(&mut self, lock: LockToken) {
        self.0.retain(|(held, _)| *held != lock);
    }

    pub(super) fn contains(&self, lock: LockToken) -> bool {
        self.0.iter().any(|(held, _)| *held == lock)
    }

    /// Lets go of what has lapsed; tells whether there was something.
    pub(super) fn lapse(&mut self, now: Timestamp) -> bool {
        let before = self.0.len();
        self.0.retain(|(_, until)| now < *until);
        self.0.len() < before
    }

    /// How long it takes until something lapses.
    pub(super) fn first_lapse(&self, now: Timestamp) -> Option<Duration> {
        let first = self.0.iter().map(|(_, until)| *until).min()?;
        Some(first.since(now) + MARGIN)
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lock(seed: u64) -> LockToken {
        LockToken::new(1, 0, seed)
    }

    #[test]
    fn what_is_held_lapses_in_the_order_of_time() {
        let mut held = Held::default();
        held.add(lock(1), Timestamp(20));
        held.add(lock(2), Timestamp(10));
        held.add(lock(2), Timestamp(10));
        assert_eq!(held.len(), 2);
        let first = held.first_lapse(Timestamp(4)).unwrap();
        assert_eq!(first, Duration::from_millis(6) + MARGIN);
        assert!(!held.lapse(Timestamp(9)));
        assert!(held.lapse(Timestamp(10)));
        assert!(held.contains(lock(1)) && !held.contains(lock(2)));
        held.remove(lock(1));
        assert!(held.is_empty() && held.first_lapse(Timestamp(0)).is_none());
    }
}
