//! A simulated world: nodes, the network between them, and the time that they share.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use roost_model::NodeId;

use super::clock::WorldTime;
use super::disk::Loss;
use super::history::History;
use super::network::SimNetwork;
use super::node::SimNode;
use super::plan;
use super::random::Random;

/// The hub's name.
pub(super) const HUB: &str = "sim.roost.internal";
/// Nodes of a world.
pub(super) const NODES: u64 = 3;
/// Partitions of its hub.
pub(super) const PARTITIONS: u16 = 2;
/// How often it is looked whether processes ended by themselves, in milliseconds.
const SUPERVISE_EVERY: u64 = 20;
/// How long it takes until such a process is started again, in milliseconds.
const RESTART_AFTER: u64 = 500;

/// Everything there is in a run.
#[derive(Debug)]
pub(super) struct World {
    pub(super) time: WorldTime,
    pub(super) network: SimNetwork,
    pub(super) nodes: BTreeMap<NodeId, SimNode>,
    pub(super) history: History,
    /// Processes that ended by themselves, and when they start again.
    ended: BTreeMap<NodeId, u64>,
    folder: PathBuf,
}

// === impl World ===

impl World {
    /// Nodes that have not been started, with their disks in `folder`.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub(super) fn new(seed: u64, folder: &Path, echo: bool) -> anyhow::Result<World> {
        fs::create_dir_all(folder)?;
        let time = WorldTime::default();
        let network = SimNetwork::new(Random::new(seed, "network"));
        let history = History::new(time.clone(), echo);
        let nodes = (1..=NODES).map(|id| {
            let random = Random::new(seed, &format!("disk {id}"));
            let folder = folder.join(format!("node-{id}"));
            let node = SimNode::new(
                plan::draw(seed, id)?,
                folder,
                time.clone(),
                network.clone(),
                random,
            );
            Ok((NodeId(id), node))
        });
        let nodes = nodes.collect::<anyhow::Result<_>>()?;
        Ok(World {
            time,
            network,
            nodes,
            history,
            ended: BTreeMap::new(),
            folder: folder.to_owned(),
        })
    }

    /// What happened so far.
    pub(super) fn history(&self) -> &History {
        &self.history
    }

    /// Starts every node that does not run.
    ///
    /// # Errors
    /// When one does not open its databases.
    pub(super) fn start_all(&mut self) -> anyhow::Result<()> {
        let nodes: Vec<NodeId> = self.nodes.keys().copied().collect();
        nodes.into_iter().try_for_each(|node| self.start(node))
    }

    /// Starts a node, if it does not run.
    ///
    /// # Errors
    /// When it does not open its databases.
    pub(super) fn start(&mut self, node: NodeId) -> anyhow::Result<()> {
        self.ended.remove(&node);
        if let Some(node) = self.nodes.get_mut(&node)
            && !node.is_running()
        {
            self.history.note(format_args!("n{} starts", node.id()));
            node.start()?;
        }
        Ok(())
    }

    /// One millisecond.
    ///
    /// # Errors
    /// When a disk of the machine that simulates does not work.
    pub(super) fn step(&mut self) -> anyhow::Result<()> {
        let now = self.time.step();
        self.network.deliver(now);
        for node in self.nodes.values_mut() {
            node.step(now)?;
        }
        if now.is_multiple_of(SUPERVISE_EVERY) {
            self.supervise(now)?;
        }
        Ok(())
    }

    /// Takes every fault of the world away; what does not run is started.
    ///
    /// # Errors
    /// As [`World::start_all`].
    pub(super) fn heal(&mut self) -> anyhow::Result<()> {
        self.history.note("healed");
        self.network.heal();
        for node in self.nodes.values_mut() {
            node.pause(false);
            node.disk().heal();
            node.clock().set_ahead(0);
        }
        self.start_all()
    }

    /// Does what a service manager does: a process that ends by itself is started again.
    fn supervise(&mut self, now: u64) -> anyhow::Result<()> {
        for node in self.nodes.values_mut() {
            if let Some(reason) = node.has_given_up() {
                self.history
                    .note(format_args!("n{} ends: {reason}", node.id()));
                node.crash(Loss::Nothing)?;
                self.ended.insert(node.id(), now + RESTART_AFTER);
            }
        }
        let due = self.ended.iter().filter(|(_, at)| **at <= now);
        let due: Vec<NodeId> = due.map(|(node, _)| *node).collect();
        due.into_iter().try_for_each(|node| self.start(node))
    }

    /// Goes on until something is so, for `limit` at most. False when it has not come.
    ///
    /// # Errors
    /// As [`World::step`].
    pub(super) fn run_until(
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
    pub(super) fn is_ready(&self) -> bool {
        self.nodes.values().all(|node| {
            let services = node.services();
            services.is_some_and(|services| services.system.cluster().readiness().is_ready())
        })
    }

    /// Ends a node's process.
    ///
    /// # Errors
    /// When what it leaves on disk cannot be put aside.
    pub(super) fn crash(&mut self, node: NodeId, loss: Loss) -> anyhow::Result<()> {
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
