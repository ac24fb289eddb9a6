use std::time::Duration;

use crate::load::{Journal, Stalls};

use super::hit::Hit;

/// One round as the devices saw it.
#[derive(Debug, Clone)]
pub struct Round {
    pub victim: u64,
    /// Partitions that the victim led.
    pub led: usize,
    /// From the kill to the restart, at surviving nodes.
    pub after_kill: Stalls,
    /// From the restart until the victim had its share of the partitions back, at surviving nodes.
    pub after_restart: Stalls,
    /// Connections to surviving nodes that broke, with their reasons.
    pub dropped: Vec<String>,
    /// From the restart until all was as before.
    pub recovery: Duration,
}

impl Round {
    pub(super) fn new(hit: &Hit, journals: &[Journal]) -> Self {
        let mut survivors: Vec<&Journal> = journals.iter().collect();
        survivors.retain(|journal| journal.node_at(hit.killed) != Some(hit.victim));
        let dropped = survivors
            .iter()
            .flat_map(|journal| journal.dropped(Some(hit.victim), hit.killed, hit.end));
        Self {
            victim: hit.victim,
            led: hit.led,
            after_kill: Stalls::between(hit.killed, hit.restarted, &survivors),
            after_restart: Stalls::between(hit.restarted, hit.end, &survivors),
            dropped: dropped.collect(),
            recovery: hit.recovery(),
        }
    }

    /// The longest pause of the round.
    pub fn longest_stall(&self) -> Duration {
        self.after_kill.longest.max(self.after_restart.longest)
    }
}
