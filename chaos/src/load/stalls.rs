use std::time::Duration;

use tokio::time::Instant;

use super::Journal;

/// Pauses between two acknowledgements of one device: the longest of each device.
#[derive(Debug, Clone, Default)]
pub struct Stalls {
    pub longest: Duration,
    /// The device that it hit.
    pub device: String,
    /// Of the device in the middle.
    pub median: Duration,
}

impl Stalls {
    /// Longest pause that a device at a surviving node may see.
    pub const LIMIT: Duration = Duration::from_secs(1);

    /// The pauses that ended between two moments.
    pub(crate) fn between(begin: Instant, end: Instant, journals: &[&Journal]) -> Self {
        let stall = |journal: &&Journal| longest_stall(&journal.acks, begin, end);
        let mut all: Vec<(Duration, &Journal)> = journals
            .iter()
            .map(|journal| (stall(journal), *journal))
            .collect();
        all.sort_unstable_by_key(|(stall, _)| *stall);
        let median = all
            .get(all.len() / 2)
            .map(|(stall, _)| *stall)
            .unwrap_or_default();
        all.last()
            .map_or_else(Self::default, |(longest, journal)| Self {
                longest: *longest,
                device: journal.device.to_string(),
                median,
            })
    }
}

/// The longest pause between acknowledgements that ended between `begin` and `end`.
fn longest_stall(acks: &[Instant], begin: Instant, end: Instant) -> Duration {
    let first = acks.partition_point(|at| *at < begin).max(1);
    let last = acks.partition_point(|at| *at <= end);
    let pauses = (first..last).map(|index| acks[index] - acks[index - 1]);
    pauses.max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_counts_whole_where_it_ends() {
        let zero = Instant::now();
        let at = |millis| zero + Duration::from_millis(millis);
        let acks = [at(0), at(10), at(400), at(410), at(2000)];
        let longest = |begin, end| longest_stall(&acks, at(begin), at(end)).as_millis();
        assert_eq!(longest(50, 405), 390);
        assert_eq!(longest(402, 500), 10);
        assert_eq!(longest(500, 2000), 1590);
        assert_eq!(longest(0, 5), 0);
        assert_eq!(longest_stall(&[], at(0), at(70)), Duration::ZERO);
    }
}
