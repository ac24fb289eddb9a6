//! How full the registry is, over all partitions.
//!
//! A partition knows only its own identities, and apply can hold a command to no more than that. So the
//! leader that proposes one which adds identities counts those of the other partitions first, and lets
//! the command have what they leave. Identities that are made in several partitions at the same moment
//! may exceed the limit by their number.

use std::collections::HashMap;
use std::time::Duration;

use futures::future::join_all;
use parking_lot::Mutex;
use roost_model::PartitionId;
use roost_partition::RegistryLimits;
use tokio::time::Instant;

use crate::client::ask;
use crate::leadership::Leadership;
use crate::wire::{Answer, Request};

/// How long a count is good for while there is much room.
const FRESH: Duration = Duration::from_secs(5);
/// There is much room as long as so many parts of a hundred are taken at most.
const ROOMY: u64 = 90;
/// A partition that does not answer within this time counts with what it last had.
const PATIENCE: Duration = Duration::from_secs(1);

/// What this node knows of the identities in each partition.
#[derive(Debug, Default)]
pub(crate) struct Census(Mutex<Counts>);

#[derive(Debug, Default)]
struct Counts {
    at: Option<Instant>,
    by_partition: HashMap<PartitionId, u64>,
}

/// What a command that adds identities to this partition has to keep.
pub(crate) async fn limits(leadership: &Leadership) -> RegistryLimits {
    let mut limits = RegistryLimits::from(&leadership.context.limits);
    let elsewhere = elsewhere(leadership, limits.identities).await;
    limits.identities = limits.identities.saturating_sub(elsewhere);
    limits
}

async fn elsewhere(leadership: &Leadership, limit: u64) -> u64 {
    let (context, me) = (&leadership.context, leadership.partition());
    let here = leadership.reader().statistics();
    let (here, roomy) = (here.total + here.modules, limit / 100 * ROOMY);
    if let Some(known) = context.census.known(me, Instant::now())
        && known + here < roomy
    {
        return known;
    }
    let others = (0..context.partition_count())
        .map(PartitionId)
        .filter(|partition| *partition != me);
    let counting = others.map(|partition| async move {
        match ask(context, partition, Request::Statistics, PATIENCE).await {
            Ok(Answer::Statistics(part)) => {
                Some((partition, part.total_devices + part.total_modules))
            }
            _ => None,
        }
    });
    let counted = join_all(counting).await;
    context
        .census
        .take(counted.into_iter().flatten(), Instant::now());
    context.census.without(me)
}

impl Census {
    /// Identities of the other partitions, if they were counted lately.
    fn known(&self, me: PartitionId, now: Instant) -> Option<u64> {
        let at = self.0.lock().at?;
        (now < at + FRESH).then(|| self.without(me))
    }

    fn take(&self, counted: impl Iterator<Item = (PartitionId, u64)>, now: Instant) {
        let mut counts = self.0.lock();
        counts.by_partition.extend(counted);
        counts.at = Some(now);
    }

    fn without(&self, me: PartitionId) -> u64 {
        let counts = self.0.lock();
        let others = counts.by_partition.iter();
        others
            .filter(|(partition, _)| **partition != me)
            .map(|(_, count)| count)
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_is_good_for_a_while_and_a_partition_counts_with_what_it_last_had() {
        let (census, now) = (Census::default(), Instant::now());
        assert_eq!(census.known(PartitionId(0), now), None);
        let count = |partition, count| (PartitionId(partition), count);
        census.take([count(0, 3), count(1, 5), count(2, 7)].into_iter(), now);
        assert_eq!(census.known(PartitionId(1), now), Some(10));
        let later = now + FRESH;
        assert_eq!(census.known(PartitionId(1), later), None);
        census.take([count(0, 4)].into_iter(), later);
        assert_eq!(census.known(PartitionId(1), later), Some(11));
    }
}
