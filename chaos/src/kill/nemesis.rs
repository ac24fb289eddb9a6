use std::sync::Arc;

use anyhow::Context;
use tokio::time::Instant;

use crate::harness::{ClusterStatus, DevCluster, Patience, ServiceClient, until};

use super::hit::Hit;
use super::publisher::Progress;

/// How long the survivors may take to have a leader for every partition.
const ELECTIONS: Patience = Patience::seconds(30);
/// How long a restarted node may take to serve, to catch up and to get its share of leaders back.
const RETURN: Patience = Patience::seconds(60);

/// Kills nodes and starts them again.
#[derive(Debug)]
pub(super) struct Nemesis {
    cluster: DevCluster,
    /// Per device, in the order in which they were spread over the nodes.
    progress: Vec<Arc<Progress>>,
    /// Acknowledgements that a device may still get for what was under way.
    window: u64,
}

impl Nemesis {
    pub(super) fn new(cluster: DevCluster, progress: Vec<Arc<Progress>>, window: usize) -> Self {
        Self {
            cluster,
            progress,
            window: window as u64,
        }
    }

    /// Kills the node that leads the most partitions, waits until the others serve everything, starts
    /// it again, and waits until every device is served and every node has its share of the partitions.
    pub(super) async fn round(&mut self) -> anyhow::Result<Hit> {
        let anyone = self.service(0)?;
        let status =
            wait_for_leaders(&anyone, "even leaders", RETURN, ClusterStatus::is_even).await?;
        let victim = status.busiest().context("the roster is empty")?;
        let led = status
            .partitions
            .iter()
            .filter(|p| p.leader == Some(victim))
            .count();
        let survivors = self.survivors(victim);
        let witness = self.service(survivors.first().copied().context("nobody survives")?)?;

        self.cluster.kill(victim)?;
        let killed = Instant::now();
        let led_by_others = |status: &ClusterStatus| status.is_led_without(victim);
        wait_for_leaders(
            &witness,
            "leaders among the survivors",
            ELECTIONS,
            led_by_others,
        )
        .await?;
        let elected = Instant::now();
        self.devices_go_on(&survivors).await?;

        self.cluster.restart(victim)?;
        let restarted = Instant::now();
        let what = "even leaders after the restart";
        wait_for_leaders(&witness, what, RETURN, ClusterStatus::is_even).await?;
        let everyone: Vec<usize> = (0..self.nodes()).collect();
        self.devices_go_on(&everyone).await?;
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

    fn nodes(&self) -> usize {
        self.cluster.file().nodes.len()
    }

    /// Indices of the nodes other than `victim`.
    fn survivors(&self, victim: u64) -> Vec<usize> {
        let nodes = &self.cluster.file().nodes;
        (0..nodes.len())
            .filter(|index| nodes[*index].id != victim)
            .collect()
    }

    fn service(&self, index: usize) -> anyhow::Result<ServiceClient> {
        let file = self.cluster.file();
        ServiceClient::owner(file, file.nodes.get(index).context("no such node")?)
    }

    /// Waits until every device of these nodes has messages acknowledged that it sent after now.
    async fn devices_go_on(&self, nodes: &[usize]) -> anyhow::Result<()> {
        let count = self.nodes();
        let theirs = self.progress.iter().enumerate();
        let waiting: Vec<_> = theirs
            .filter(|(device, _)| nodes.contains(&(device % count)))
            .map(|(_, progress)| (progress, progress.acked() + self.window))
            .collect();
        until("acknowledgements for every device", RETURN, async || {
            let stuck = waiting
                .iter()
                .filter(|(device, before)| device.acked() <= *before);
            match stuck.count() {
                0 => Ok(()),
                stuck => Err(format!("{stuck} devices wait")),
            }
        })
        .await
    }
}

/// Waits until a node tells of leaders that satisfy `condition`.
async fn wait_for_leaders(
    service: &ServiceClient,
    what: &str,
    patience: Patience,
    condition: impl Fn(&ClusterStatus) -> bool,
) -> anyhow::Result<ClusterStatus> {
    until(what, patience, async || match service.cluster().await {
        Ok(status) if condition(&status) => Ok(status),
        Ok(status) => Err(format!("{:?}", status.leaders())),
        Err(error) => Err(format!("{error:#}")),
    })
    .await
}
