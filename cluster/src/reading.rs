//! Which replicas may answer readers of events.
//!
//! What a replica has applied is committed and never changes, so any replica can answer. One that
//! hears nothing, or lags, would let time stand still for its readers; these are better off elsewhere.

use openraft::async_runtime::watch::WatchReceiver as _;
use roost_model::{NodeId, PartitionId};
use tokio::time::Instant;

use crate::cluster::{Cluster, FIRST_UNIT, Shared};
use crate::group::Role;
use crate::partition::PartitionHandle;

mod standing;

pub(crate) use standing::Standing;
use standing::{Progress, Touch};

/// What is asked of a replica that is to answer a reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fitness {
    /// It hears from its leader and keeps up.
    InTouch,
    /// It is whole: for when none is in touch, as during an election.
    Whole,
}

// === impl Cluster ===

impl Cluster {
    /// This node's replica of a partition, if it may answer readers. One that has stopped, as after
    /// damage, that is to go, or that has just come and is not a voter yet never may.
    pub fn reading_replica(
        &self,
        partition: PartitionId,
        fitness: Fitness,
    ) -> Option<PartitionHandle> {
        let shared = self.shared();
        let local = self.partition(partition)?;
        let meta = shared.meta_state();
        let stays = meta.replicas(FIRST_UNIT, partition).contains(&shared.me);
        if !stays || !local.inner.group.voters().contains(&shared.me) {
            return None;
        }
        let progress = progress(shared, &local)?;
        let in_touch = local.inner.standing.look(progress, Instant::now());
        (in_touch || fitness == Fitness::Whole).then_some(local)
    }

    /// The other nodes that hold a replica and can be reached, in the order in which readers of this
    /// node ask them: the leader last, the others in an order that differs from node to node.
    pub fn other_replicas(&self, partition: PartitionId) -> Vec<NodeId> {
        let shared = self.shared();
        let meta = shared.meta_state();
        let replicas = meta.replicas(FIRST_UNIT, partition).iter().copied();
        let others = replicas.filter(|node| *node != shared.me && shared.network.is_up(*node));
        let turn = shared.me.get() as usize + usize::from(partition.get());
        in_order(others.collect(), self.leader_hint(partition), turn)
    }
}

fn in_order(mut replicas: Vec<NodeId>, leader: Option<NodeId>, turn: usize) -> Vec<NodeId> {
    let led = replicas.len();
    replicas.retain(|node| Some(*node) != leader);
    let followers = replicas.len();
    if followers > 0 {
        replicas.rotate_left(turn % followers);
    }
    if followers < led {
        replicas.extend(leader);
    }
    replicas
}

/// How far a replica is; none when it has stopped.
fn progress(shared: &Shared, replica: &PartitionHandle) -> Option<Progress> {
    let group = &replica.inner.group;
    let metrics = group.raft.metrics();
    let metrics = metrics.borrow_watched();
    metrics.running_state.as_ref().ok()?;
    let role = *group.role.borrow();
    let touch = match role {
        Role::Leader { .. } => Touch::Leads,
        Role::Follower {
            leader: Some(leader),
        } if shared.network.is_up(leader) => Touch::Hears,
        Role::Follower { .. } => Touch::None,
    };
    Some(Progress {
        touch,
        committed: metrics.cluster_committed.map_or(0, |at| at.index),
        applied: metrics.last_applied.map_or(0, |at| at.index),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_leader_is_asked_last_and_the_others_in_turn() {
        let replicas = || [1, 2, 3].map(NodeId).to_vec();
        let order = |leader: Option<u64>, turn| {
            let order = in_order(replicas(), leader.map(NodeId), turn);
            order.into_iter().map(NodeId::get).collect::<Vec<_>>()
        };
        assert_eq!(order(Some(1), 0), [2, 3, 1]);
        assert_eq!(order(Some(1), 1), [3, 2, 1]);
        assert_eq!(order(None, 5), [3, 1, 2]);
        assert_eq!(order(Some(9), 0), [1, 2, 3], "a leader that is not there");
        assert_eq!(in_order(vec![NodeId(4)], Some(NodeId(4)), 3), [NodeId(4)]);
    }
}
