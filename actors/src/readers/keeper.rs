//! Keeps leaders informed of the readers at this node.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use roost_model::PartitionId;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::name;
use crate::context::Context;

/// A leader hears of its readers at least so often.
const EVERY: Duration = Duration::from_secs(5);
/// After an attempt that no leader heard.
const RETRY: Duration = Duration::from_millis(100);
/// A leader that does not answer for so long is looked for again.
const DEADLINE: Duration = Duration::from_secs(2);
/// How long who has left is told of. After that the leader has noticed that it is not named.
const FAREWELL: Duration = Duration::from_secs(10);

/// What is due, and when.
#[derive(Debug, Default)]
struct Agenda {
    /// Partitions that are read here, or were a moment ago.
    due: BTreeMap<PartitionId, Instant>,
    /// Partitions whose leaders are being told; one at a time, so that the last word is the newest.
    busy: BTreeSet<PartitionId>,
    /// Until when leaders are told of partitions that nobody reads any more.
    farewells: BTreeMap<PartitionId, Instant>,
}

/// Names readers to their leaders, for as long as the node runs.
pub(crate) async fn keep(context: Arc<Context>) {
    let mut agenda = Agenda::default();
    let mut telling = JoinSet::new();
    loop {
        agenda.note(&context, Instant::now());
        for partition in agenda.begin(Instant::now()) {
            let context = Arc::clone(&context);
            telling.spawn(async move { (partition, name(&context, partition, DEADLINE).await) });
        }
        let next = agenda.next();
        tokio::select! {
            biased;
            () = context.readers.news.notified() => {}
            () = sleep_until(next) => {}
            Some(told) = telling.join_next(), if !telling.is_empty() => {
                // Telling does not panic, and nobody aborts it.
                if let Ok((partition, heard)) = told {
                    let reads = context.readers.partitions().contains(&partition);
                    agenda.told(partition, heard, reads, Instant::now());
                }
            }
        }
    }
}

async fn sleep_until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}

// === impl Agenda ===

impl Agenda {
    /// Takes in what has changed.
    fn note(&mut self, context: &Context, now: Instant) {
        for partition in context.readers.partitions() {
            self.due.entry(partition).or_insert(now + EVERY);
            self.farewells.remove(&partition);
        }
        for partition in context.readers.take_changed() {
            self.due.insert(partition, now);
            self.farewells.insert(partition, now + FAREWELL);
        }
    }

    /// The partitions whose leaders are to be told now.
    fn begin(&mut self, now: Instant) -> Vec<PartitionId> {
        let due = self.due.iter();
        let due = due.filter(|(partition, at)| **at <= now && !self.busy.contains(partition));
        let due: Vec<_> = due.map(|(partition, _)| *partition).collect();
        for partition in &due {
            // What changes from now on is due again.
            self.due.insert(*partition, now + EVERY);
            self.busy.insert(*partition);
        }
        due
    }

    fn told(&mut self, partition: PartitionId, heard: bool, reads: bool, now: Instant) {
        self.busy.remove(&partition);
        let over = self.farewells.get(&partition).is_none_or(|end| *end <= now);
        let changed = self.due.get(&partition).is_some_and(|at| *at <= now);
        if !heard && (reads || !over) {
            self.due.insert(partition, now + RETRY);
        } else if !reads && !changed {
            self.due.remove(&partition);
            self.farewells.remove(&partition);
        }
    }

    fn next(&self) -> Option<Instant> {
        let idle = self.due.iter();
        let idle = idle.filter(|(partition, _)| !self.busy.contains(partition));
        idle.map(|(_, at)| *at).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARTITION: PartitionId = PartitionId(2);

    fn agenda(now: Instant) -> Agenda {
        let mut agenda = Agenda::default();
        agenda.due.insert(PARTITION, now);
        agenda
    }

    #[test]
    fn a_leader_is_told_again_every_few_seconds_and_sooner_when_none_heard() {
        let now = Instant::now();
        let mut agenda = agenda(now);
        assert_eq!(agenda.begin(now), [PARTITION]);
        assert!(agenda.begin(now + EVERY).is_empty(), "one at a time");
        agenda.told(PARTITION, true, true, now);
        assert_eq!(agenda.next(), Some(now + EVERY));
        agenda.begin(now + EVERY);
        agenda.told(PARTITION, false, true, now + EVERY);
        assert_eq!(agenda.next(), Some(now + EVERY + RETRY));
    }

    #[test]
    fn who_has_left_is_told_of_once_a_leader_has_heard_it() {
        let now = Instant::now();
        let mut agenda = agenda(now);
        agenda.farewells.insert(PARTITION, now + FAREWELL);
        agenda.begin(now);
        agenda.told(PARTITION, false, false, now);
        assert_eq!(agenda.begin(now + RETRY), [PARTITION]);
        agenda.told(PARTITION, true, false, now + RETRY);
        assert_eq!(agenda.next(), None);
    }

    #[test]
    fn a_partition_without_a_leader_is_given_up_when_nobody_reads_it() {
        let now = Instant::now();
        let mut agenda = agenda(now);
        agenda.farewells.insert(PARTITION, now + FAREWELL);
        agenda.begin(now + FAREWELL);
        agenda.told(PARTITION, false, false, now + FAREWELL);
        assert_eq!(agenda.next(), None);
    }

    #[test]
    fn what_changes_while_a_leader_is_told_is_told_as_well() {
        let now = Instant::now();
        let mut agenda = agenda(now);
        agenda.begin(now);
        agenda.due.insert(PARTITION, now);
        agenda.told(PARTITION, true, false, now);
        assert_eq!(agenda.begin(now), [PARTITION]);
    }
}
