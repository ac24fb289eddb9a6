//! Where to send what is for a partition's leader.

use dashmap::DashMap;
use roost_model::{NodeId, PartitionId};

use crate::cluster::{Cluster, FIRST_UNIT};
use crate::group::Role;

/// What others said about leaders, or whom to ask next.
#[derive(Debug, Default)]
pub(crate) struct Hints {
    leaders: DashMap<PartitionId, NodeId>,
}

// === impl Cluster ===

impl Cluster {
    /// The leader as far as it is known here, else a node that holds a replica and may know. None
    /// during an election, when there is nobody to ask.
    pub fn route(&self, partition: PartitionId) -> Option<NodeId> {
        let shared = self.shared();
        let meta = shared.meta_state();
        let replicas = meta.replicas(FIRST_UNIT, partition);
        if let Some(local) = self.partition(partition) {
            let role = *local.role().borrow();
            let stays = replicas.contains(&shared.me);
            match role.leader(shared.me) {
                // A replica that is about to go, or has just come, is not told everything.
                Some(leader) if stays || matches!(role, Role::Leader { .. }) => {
                    return Some(leader);
                }
                None if stays && local.inner.group.voters().contains(&shared.me) => return None,
                _ => {}
            }
        }
        let others = replicas.iter().copied();
        let mut others = others.filter(|node| *node != shared.me && shared.network.is_up(*node));
        let hint = shared.hints.of(partition);
        match hint.filter(|hint| others.clone().any(|node| node == *hint)) {
            Some(hint) => Some(hint),
            None => others.next(),
        }
    }

    /// The leader as far as it is known here.
    pub(crate) fn leader_hint(&self, partition: PartitionId) -> Option<NodeId> {
        let shared = self.shared();
        let local = self.partition(partition);
        let known = local.and_then(|local| local.role().borrow().leader(shared.me));
        known.or_else(|| shared.hints.of(partition))
    }

    /// A node that was asked as the leader said that it does not lead, but perhaps who does.
    pub fn misrouted(&self, partition: PartitionId, asked: NodeId, leader: Option<NodeId>) {
        let shared = self.shared();
        let meta = shared.meta_state();
        let replicas = meta.replicas(FIRST_UNIT, partition);
        let next = leader.or_else(|| after(replicas, asked, shared.me));
        if let Some(next) = next {
            shared.hints.leaders.insert(partition, next);
        }
    }
}

/// The replica to ask after `asked`, in turn.
fn after(replicas: &[NodeId], asked: NodeId, me: NodeId) -> Option<NodeId> {
    let at = replicas.iter().position(|node| *node == asked)?;
    let turn = replicas.iter().cycle().skip(at + 1).take(replicas.len());
    turn.copied().find(|node| *node != me)
}

// === impl Hints ===

impl Hints {
    fn of(&self, partition: PartitionId) -> Option<NodeId> {
        self.leaders.get(&partition).map(|leader| *leader)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replicas_are_asked_in_turn() {
        let replicas = [1, 2, 3].map(NodeId);
        let after = |asked, me| after(&replicas, NodeId(asked), NodeId(me));
        assert_eq!(after(1, 4), Some(NodeId(2)));
        assert_eq!(after(3, 4), Some(NodeId(1)));
        assert_eq!(after(1, 2), Some(NodeId(3)));
        assert_eq!(after(4, 2), None);
    }
}
