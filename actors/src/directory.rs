//! Which partitions this node leads at the moment, and the actor that runs each.

use dashmap::DashMap;
use ractor::ActorRef;
use roost_model::PartitionId;

use crate::leadership::Leadership;
use crate::partition::PartitionMessage;
use crate::readers::LeaderSeats;

/// The node's own registry; ractor's global one is never used, so many nodes fit in a process.
#[derive(Debug, Default)]
pub(crate) struct Directory {
    leading: DashMap<PartitionId, Leading>,
}

/// One led partition.
#[derive(Debug, Clone)]
pub(crate) struct Leading {
    pub(crate) leadership: Leadership,
    pub(crate) actor: ActorRef<PartitionMessage>,
    /// Who reads the partition.
    pub(crate) seats: LeaderSeats,
}

// === impl Directory ===

impl Directory {
    pub(crate) fn insert(&self, leading: Leading) {
        self.leading.insert(leading.leadership.partition(), leading);
    }

    /// Forgets a leadership, unless a newer term has taken its place.
    pub(crate) fn remove(&self, partition: PartitionId, term: u64) {
        self.leading
            .remove_if(&partition, |_, leading| leading.leadership.term == term);
    }

    pub(crate) fn get(&self, partition: PartitionId) -> Option<Leading> {
        self.leading.get(&partition).map(|leading| leading.clone())
    }

    pub(crate) fn all(&self) -> Vec<Leading> {
        self.leading.iter().map(|leading| leading.clone()).collect()
    }
}
