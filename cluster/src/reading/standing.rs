//! Whether a replica can be expected to show readers what is new.

use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

/// An election takes less. Readers of a replica stay with it for so long.
const OUT_OF_TOUCH: Duration = Duration::from_secs(2);
/// What is committed should be applied everywhere within moments; a replica that takes longer lags.
const LAG: Duration = Duration::from_secs(1);

/// What a replica knows of its leader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Touch {
    Leads,
    /// It follows a leader that this node has a link to.
    Hears,
    None,
}

/// Where a replica is, as indices of the log.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Progress {
    pub(crate) touch: Touch,
    /// What its leader last said is committed, whether this replica has it or not.
    pub(crate) committed: u64,
    pub(crate) applied: u64,
}

/// What earlier looks at a replica found. Only whoever wants to read looks.
#[derive(Debug, Default)]
pub(crate) struct Standing {
    doubts: Mutex<Doubts>,
}

#[derive(Debug, Default)]
struct Doubts {
    /// Since when it was out of touch at every look.
    silent: Option<Instant>,
    /// When it was seen to lack something, and what it has to have applied to be rid of that.
    behind: Option<(Instant, u64)>,
}

// === impl Standing ===

impl Standing {
    /// Whether the replica is in touch and keeps up.
    pub(crate) fn look(&self, progress: Progress, now: Instant) -> bool {
        self.doubts.lock().look(progress, now)
    }
}

// === impl Doubts ===

impl Doubts {
    fn look(&mut self, progress: Progress, now: Instant) -> bool {
        if progress.touch == Touch::Leads {
            *self = Doubts::default();
            return true;
        }
        self.silent = match progress.touch {
            Touch::None => self.silent.or(Some(now)),
            _ => None,
        };
        self.behind = if progress.applied >= progress.committed {
            None
        } else {
            self.behind
                .filter(|(_, target)| progress.applied < *target)
                .or(Some((now, progress.committed)))
        };
        let since = |begin: Instant| now.saturating_duration_since(begin);
        let is_silent = self.silent.is_some_and(|begin| since(begin) > OUT_OF_TOUCH);
        let lags = self.behind.is_some_and(|(begin, _)| since(begin) > LAG);
        !is_silent && !lags
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Looks: milliseconds since the beginning, touch, committed, applied, and whether it is fit.
    fn story(looks: &[(u64, Touch, u64, u64, bool)]) {
        let standing = Standing::default();
        let begin = Instant::now();
        for (at, touch, committed, applied, fit) in looks.iter().copied() {
            let progress = Progress {
                touch,
                committed,
                applied,
            };
            let now = begin + Duration::from_millis(at);
            assert_eq!(standing.look(progress, now), fit, "after {at} ms");
        }
    }

    #[test]
    fn an_election_drives_no_reader_away_and_a_long_silence_does() {
        story(&[
            (0, Touch::Hears, 5, 5, true),
            (100, Touch::None, 5, 5, true),
            (1_500, Touch::None, 5, 5, true),
            (2_200, Touch::None, 5, 5, false),
            (2_300, Touch::Hears, 5, 5, true),
            (2_400, Touch::None, 5, 5, true),
        ]);
    }

    #[test]
    fn a_replica_that_keeps_up_is_fit_however_much_is_written() {
        story(&[
            (0, Touch::Hears, 10, 9, true),
            (900, Touch::Hears, 200, 150, true),
            (1_800, Touch::Hears, 400, 390, true),
        ]);
    }

    #[test]
    fn a_replica_that_lags_is_not_until_it_has_caught_up() {
        story(&[
            (0, Touch::Hears, 1_000, 10, true),
            (1_100, Touch::Hears, 2_000, 500, false),
            (1_200, Touch::Hears, 2_000, 1_200, true),
            (2_300, Touch::Hears, 3_000, 1_300, false),
            (2_400, Touch::Hears, 3_000, 3_000, true),
        ]);
    }

    #[test]
    fn a_leader_is_always_fit() {
        story(&[
            (0, Touch::None, 9, 1, true),
            (5_000, Touch::Leads, 9, 1, true),
            (5_100, Touch::None, 9, 9, true),
        ]);
    }
}
