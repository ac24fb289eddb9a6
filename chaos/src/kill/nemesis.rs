use anyhow::Context;
use tokio::time::Instant;

use crate::harness::{ClusterStatus, DevCluster, Patience, ServiceClient};
use crate::load::Load;

use super::hit::Hit;

/// How long the survivors may take to have a leader for every partition.
const ELECTIONS: Patience = Patience::seconds(30);
/// How long a restarted node may take to serve, to catch up and to get its share of leaders back.
const RETURN: Patience = Patience::seconds(60);

/// Kills nodes and starts them again.
#[derive(Debug)]
pub(super) struct Nemesis {
    cluster: DevCluster,
}

impl Nemesis {
    pub(super) fn new(cluster: DevCluster) -> Self {
        Self { cluster }
    }

    /// Kills the node that leads the most partitions, waits until the others serve everything, starts
    /// it again, and waits until every device is served and every node has its share of the partitions.
    pub(super) async fn round(&mut self, load: &Load) -> anyhow::Result<Hit> {
        let anyone = self.service(0)?;
        let status = anyone
            .until_led("even leaders", RETURN, ClusterStatus::is_even)
            .await?;
        let victim = status.busiest().context("the roster is empty")?;
        let led = status
            .partitions
            .iter()
            .filter(|p| p.leader == Some(victim))
            .count();
        let witness = self.witness(victim)?;

        self.cluster.kill(victim)?;
        let killed = Instant::now();
        let led_by_others = |status: &ClusterStatus| status.is_led_without(victim);
        let what = "leaders among the survivors";
        witness.until_led(what, ELECTIONS, led_by_others).await?;
        let elected = Instant::now();
        load.goes_on(RETURN, |home| home != victim).await?;

        self.cluster.restart(victim)?;
        let restarted = Instant::now();
        let what = "even leaders after the restart";
        witness
            .until_led(what, RETURN, ClusterStatus::is_even)
            .await?;
        load.goes_on(RETURN, |_| true).await?;
        let end = Instant::now();
        Ok(Hit {
            victim,
            led,
            killed,
            elected,
            restarted,
            end,
        })
    }

    /// A node other than `victim`.
    fn witness(&self, victim: u64) -> anyhow::Result<ServiceClient> {
        let nodes = &self.cluster.file().nodes;
        let survivor = nodes.iter().position(|node| node.id != victim);
        self.service(survivor.context("nobody survives")?)
    }

    fn service(&self, index: usize) -> anyhow::Result<ServiceClient> {
        let file = self.cluster.file();
        ServiceClient::owner(file, file.nodes.get(index).context("no such node")?)
    }
}
