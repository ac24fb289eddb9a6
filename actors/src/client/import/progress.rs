//! How far an import is.

use std::collections::{BTreeMap, VecDeque};

use parking_lot::Mutex;

/// How far an import is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ImportProgress {
    /// Every line up to this one is done: an import that broke can go on behind it.
    pub line: u64,
    /// Operations that were done.
    pub succeeded: u64,
    /// Operations that failed.
    pub failed: u64,
}

#[derive(Debug, Default)]
pub(super) struct Tracker {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// The last line that was taken in.
    last: u64,
    /// For each lane with work its lines that are not done, oldest first.
    open: BTreeMap<usize, VecDeque<u64>>,
    succeeded: u64,
    failed: u64,
}

impl Tracker {
    pub(super) fn taken(&self, lane: usize, line: u64) {
        let mut state = self.state.lock();
        state.last = line;
        state.open.entry(lane).or_default().push_back(line);
    }

    /// A line that never was in a lane.
    pub(super) fn passed(&self, line: u64, failed: u64) {
        let mut state = self.state.lock();
        state.last = line;
        state.failed += failed;
    }

    /// The oldest `count` lines of a lane are done.
    pub(super) fn done(&self, lane: usize, count: usize, failed: usize) {
        let mut state = self.state.lock();
        if let Some(lines) = state.open.get_mut(&lane) {
            lines.drain(..count.min(lines.len()));
        }
        state.failed += failed as u64;
        state.succeeded += (count - failed.min(count)) as u64;
    }

    pub(super) fn progress(&self) -> ImportProgress {
        let state = self.state.lock();
        let oldest = state.open.values().filter_map(VecDeque::front).min();
        ImportProgress {
            line: oldest.map_or(state.last, |line| line.saturating_sub(1)),
            succeeded: state.succeeded,
            failed: state.failed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_counts_once_all_before_it_are_done() {
        let tracker = Tracker::default();
        for (lane, line) in [(0, 1), (1, 2), (0, 3), (1, 4)] {
            tracker.taken(lane, line);
        }
        assert_eq!(tracker.progress().line, 0);
        tracker.done(1, 2, 1);
        assert_eq!(tracker.progress().line, 0);
        tracker.done(0, 1, 0);
        let progress = tracker.progress();
        assert_eq!(
            (progress.line, progress.succeeded, progress.failed),
            (2, 2, 1)
        );
        tracker.done(0, 1, 0);
        tracker.passed(5, 0);
        assert_eq!(tracker.progress().line, 5);
    }
}
