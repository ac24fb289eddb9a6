//! What a node can tell of the cluster: for operators, health checks and the command line.

use openraft::async_runtime::watch::WatchReceiver as _;
use serde::Serialize;

use crate::bootstrap::announced;
use crate::cluster::{Cluster, FIRST_UNIT};
use crate::group::Group;

/// The cluster as one node sees it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ClusterStatus {
    /// The cluster's name.
    pub name: String,
    /// The node that answers.
    pub answered_by: u64,
    /// The meta group's leader, if known.
    pub meta_leader: Option<u64>,
    /// All nodes.
    pub nodes: Vec<NodeStatus>,
    /// All partitions of the hub.
    pub partitions: Vec<PartitionStatus>,
}

/// One node.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NodeStatus {
    /// Its number.
    pub id: u64,
    /// Where its peers reach it.
    pub address: String,
    /// Its restart count.
    pub incarnation: u64,
    /// Whether the answering node has a live link to it.
    pub reachable: bool,
    /// Partitions that it leads, as far as the answering node knows.
    pub leads: usize,
    /// Partitions of which it should hold a replica.
    pub replicas: usize,
}

/// One partition.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PartitionStatus {
    /// Its number.
    pub id: u16,
    /// Its leader, if the answering node knows it.
    pub leader: Option<u64>,
    /// Where its replicas should be, the preferred leader first.
    pub replicas: Vec<u64>,
    /// Its voters, as the answering node knows them; empty when it holds no replica.
    pub voters: Vec<u64>,
    /// The term of its leader.
    pub term: Option<u64>,
    /// Last log index of the answering node's replica.
    pub last_log_index: Option<u64>,
    /// Last applied index of the answering node's replica.
    pub applied_index: Option<u64>,
    /// Last index that is no longer in the answering node's log. A replica that has not come as far
    /// needs a snapshot.
    pub purged_index: Option<u64>,
}

/// Whether a node serves, and if not, what it waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Readiness {
    /// Nothing when the node serves.
    pub waiting_for: Vec<String>,
}

// === impl Readiness ===

impl Readiness {
    /// Whether the node serves.
    pub fn is_ready(&self) -> bool {
        self.waiting_for.is_empty()
    }
}

// === impl Cluster ===

impl Cluster {
    /// What this node knows of the cluster.
    pub fn status(&self) -> ClusterStatus {
        let shared = self.shared();
        let meta = shared.meta_state();
        let unit = meta.units.get(&FIRST_UNIT);
        let placement = unit.map_or(&[][..], |unit| unit.placement.as_slice());
        let partitions: Vec<PartitionStatus> = placement
            .iter()
            .enumerate()
            .map(|(number, replicas)| self.partition_status(number as u16, replicas))
            .collect();
        let nodes = meta.nodes.iter().map(|(node, record)| NodeStatus {
            id: node.get(),
            address: record.address.clone(),
            incarnation: record.incarnation.0,
            reachable: *node == shared.me || shared.network.is_up(*node),
            leads: partitions
                .iter()
                .filter(|p| p.leader == Some(node.get()))
                .count(),
            replicas: placement
                .iter()
                .filter(|replicas| replicas.contains(node))
                .count(),
        });
        ClusterStatus {
            name: shared.config.name.clone(),
            answered_by: shared.me.get(),
            meta_leader: shared
                .meta_group()
                .and_then(Group::known_leader)
                .map(|n| n.get()),
            nodes: nodes.collect(),
            partitions,
        }
    }

    fn partition_status(&self, id: u16, replicas: &[roost_model::NodeId]) -> PartitionStatus {
        let hosted = self.partition(roost_model::PartitionId(id));
        let mut status = PartitionStatus {
            id,
            leader: None,
            replicas: replicas.iter().map(|node| node.get()).collect(),
            voters: Vec::new(),
            term: None,
            last_log_index: None,
            applied_index: None,
            purged_index: None,
        };
        if let Some(partition) = hosted {
            let group = &partition.inner.group;
            let metrics = group.raft.metrics();
            let metrics = metrics.borrow_watched();
            status.leader = metrics.current_leader;
            status.term = Some(metrics.current_term);
            status.last_log_index = metrics.last_log_index;
            status.applied_index = metrics.last_applied.map(|at| at.index);
            status.purged_index = metrics.purged.map(|at| at.index);
            status.voters = metrics.membership_config.voter_ids().collect();
        }
        status
    }

    /// Whether this node serves: it is in the cluster, and every replica that it should hold is
    /// open and knows its leader.
    pub fn readiness(&self) -> Readiness {
        let shared = self.shared();
        let meta = shared.meta_state();
        let mut waiting_for = Vec::new();
        if let Some(reason) = &*shared.failed.borrow() {
            waiting_for.push(reason.clone());
        }
        if !meta.is_formed() {
            waiting_for.push("the cluster to be formed".to_owned());
        } else if !announced(shared) {
            waiting_for.push("the cluster to take this node in".to_owned());
        }
        if shared.meta_group().and_then(Group::known_leader).is_none() {
            waiting_for.push("a leader of the meta group".to_owned());
        }
        let placement = meta.units.get(&FIRST_UNIT).map(|unit| &unit.placement);
        for (number, replicas) in placement.into_iter().flatten().enumerate() {
            let id = roost_model::PartitionId(number as u16);
            if !replicas.contains(&shared.me) {
                continue;
            }
            let leader = self
                .partition(id)
                .and_then(|p| p.inner.group.known_leader());
            if leader.is_none() {
                waiting_for.push(format!("a leader of partition {id}"));
            }
        }
        Readiness { waiting_for }
    }
}
