//! A simulated world: nodes, the network between them, and the time that they share.

use std::collections::BTreeMap;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use roost_actors::Timings;
use roost_cluster::transport::tcp::CertificatePaths;
use roost_cluster::{ClusterConfig, HubSettings, NewUnit, PeerConfig, RaftTimings};
use roost_model::{HubName, Limits, NodeId};

use super::clock::WorldTime;
use super::disk::Loss;
use super::history::History;
use super::network::SimNetwork;
use super::node::{NodePlan, SimNode};
use super::random::Random;

/// The hub's name.
pub const HUB: &str = "sim.roost.internal";
/// Nodes of a world.
pub const NODES: u64 = 3;
/// Partitions of its hub.
pub const PARTITIONS: u16 = 2;
const PORT: u16 = 7400;

/// Everything there is in a run.
#[derive(Debug)]
pub struct World {
    pub(super) time: WorldTime,
    pub(super) network: SimNetwork,
    pub(super) nodes: BTreeMap<NodeId, SimNode>,
    pub(super) history: History,
    folder: PathBuf,
}

// === impl World ===

impl World {
    /// Nodes that have not been started, with their disks in `folder`.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub fn new(seed: u64, folder: &Path) -> anyhow::Result<World> {
        fs::create_dir_all(folder)?;
        let time = WorldTime::default();
        let network = SimNetwork::new(Random::new(seed, "network"));
        let history = History::new(time.clone());
        let nodes = (1..=NODES).map(|id| {
            let random = Random::new(seed, &format!("disk {id}"));
            let folder = folder.join(format!("node-{id}"));
            let node = SimNode::new(plan(id)?, folder, time.clone(), network.clone(), random);
            Ok((NodeId(id), node))
        });
        let nodes = nodes.collect::<anyhow::Result<_>>()?;
        Ok(World {
            time,
            network,
            nodes,
            history,
            folder: folder.to_owned(),
        })
    }

    /// What happened so far.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// Starts every node that does not run.
    ///
    /// # Errors
    /// When one does not open its databases.
    pub fn start_all(&mut self) -> anyhow::Result<()> {
        for node in self.nodes.values_mut().filter(|node| !node.is_running()) {
            node.start()?;
            self.history.note(format_args!("node {} starts", node.id()));
        }
        Ok(())
    }

    /// One millisecond.
    ///
    /// # Errors
    /// When a disk of the machine that simulates does not work.
    pub fn step(&mut self) -> anyhow::Result<()> {
        let now = self.time.step();
        self.network.deliver(now);
        for node in self.nodes.values_mut() {
            node.step(now)?;
        }
        Ok(())
    }

    /// Goes on until something is so, for `limit` at most. False when it has not come.
    ///
    /// # Errors
    /// As [`World::step`].
    pub fn run_until(
        &mut self,
        limit: Duration,
        mut is_so: impl FnMut(&mut World) -> bool,
    ) -> anyhow::Result<bool> {
        let end = self.time.now() + limit.as_millis() as u64;
        while !is_so(self) {
            if self.time.now() >= end {
                return Ok(false);
            }
            self.step()?;
        }
        Ok(true)
    }

    /// Whether every node says that it serves.
    pub fn is_ready(&self) -> bool {
        self.nodes.values().all(|node| {
            let services = node.services();
            services.is_some_and(|services| services.system.cluster().readiness().is_ready())
        })
    }

    /// Ends a node's process.
    ///
    /// # Errors
    /// When what it leaves on disk cannot be put aside.
    pub fn crash(&mut self, node: NodeId, loss: Loss) -> anyhow::Result<()> {
        match self.nodes.get_mut(&node) {
            Some(node) => node.crash(loss),
            None => Ok(()),
        }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        // Processes first: they have files open.
        self.nodes.clear();
        if let Err(error) = fs::remove_dir_all(&self.folder) {
            tracing::warn!(%error, "the folder of a simulated world is left behind");
        }
    }
}

fn address(node: u64) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::new(10, 0, 0, node as u8), PORT))
}

fn plan(node_id: u64) -> anyhow::Result<NodePlan> {
    let peers = (1..=NODES).map(|id| PeerConfig {
        id,
        address: address(id).to_string(),
    });
    let hub = HubName::parse(HUB)?;
    let unused = PathBuf::new;
    Ok(NodePlan {
        config: ClusterConfig {
            name: "sim".to_owned(),
            node_id,
            listen: address(node_id),
            advertise: None,
            peers: peers.collect(),
            certificates: CertificatePaths {
                ca: unused(),
                certificate: unused(),
                key: unused(),
            },
            raft: RaftTimings::default(),
        },
        unit: NewUnit {
            partitions: PARTITIONS,
            replication: NODES as u8,
            settings: HubSettings {
                hub: hub.clone(),
                aliases: Vec::new(),
                policies: BTreeMap::new(),
                authorities: BTreeMap::new(),
                revision: 0,
                consumer_groups: Default::default(),
                retention_ms: u64::from(u32::MAX),
                retention_bytes: u64::from(u32::MAX),
                events: Default::default(),
            },
        },
        hub,
        limits: Limits::default(),
        timings: Timings::default(),
    })
}
