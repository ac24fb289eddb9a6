use serde::Deserialize;

use super::{Patience, ServiceClient, until};

/// What `GET /admin/cluster` says.
#[derive(Debug, Clone, Deserialize)]
pub struct ClusterStatus {
    pub nodes: Vec<NodeStatus>,
    pub partitions: Vec<PartitionStatus>,
}

/// One node of the roster.
#[derive(Debug, Clone, Deserialize)]
pub struct NodeStatus {
    pub id: u64,
}

/// One partition of the hub.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PartitionStatus {
    pub id: u16,
    /// The node that leads it, as far as the answering node knows.
    pub leader: Option<u64>,
    /// Where its replicas should be.
    pub replicas: Vec<u64>,
    /// Who votes in it; empty when the answering node holds no replica.
    pub voters: Vec<u64>,
    pub term: Option<u64>,
    /// Of the answering node's log: its last index, and the last one that is no longer in it.
    pub last_log_index: Option<u64>,
    pub purged_index: Option<u64>,
}

impl ClusterStatus {
    /// How many partitions each node leads, in the order of the roster.
    pub fn leaders(&self) -> Vec<(u64, usize)> {
        let led_by = |id| {
            self.partitions
                .iter()
                .filter(|p| p.leader == Some(id))
                .count()
        };
        self.nodes
            .iter()
            .map(|node| (node.id, led_by(node.id)))
            .collect()
    }

    /// The node that leads the most partitions.
    pub fn busiest(&self) -> Option<u64> {
        self.leaders()
            .into_iter()
            .max_by_key(|(_, led)| *led)
            .map(|(id, _)| id)
    }

    /// Whether every partition has a leader, and no node leads two more than another.
    pub fn is_even(&self) -> bool {
        let counts = self.leaders().into_iter().map(|(_, led)| led);
        let spread = counts.clone().max().unwrap_or(0) - counts.min().unwrap_or(0);
        spread <= 1
            && self
                .partitions
                .iter()
                .all(|partition| partition.leader.is_some())
    }

    /// Whether every partition is led by another node than `dead`.
    pub fn is_led_without(&self, dead: u64) -> bool {
        let survives = |leader: Option<u64>| leader.is_some_and(|leader| leader != dead);
        self.partitions
            .iter()
            .all(|partition| survives(partition.leader))
    }
}

impl ServiceClient {
    /// Waits until this node tells of leaders that satisfy `condition`.
    ///
    /// # Errors
    /// It has not in time.
    pub async fn until_led(
        &self,
        what: &str,
        patience: Patience,
        condition: impl Fn(&ClusterStatus) -> bool,
    ) -> anyhow::Result<ClusterStatus> {
        until(what, patience, async || match self.cluster().await {
            Ok(status) if condition(&status) => Ok(status),
            Ok(status) => Err(format!("{:?}", status.leaders())),
            Err(error) => Err(format!("{error:#}")),
        })
        .await
    }
}
