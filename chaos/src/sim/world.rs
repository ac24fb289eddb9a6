//! A simulated world: nodes, the network between them, and the time that they share.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use roost_model::NodeId;

use super::clock::WorldTime;
use super::disk::Loss;
use super::history::History;
use super::network::SimNetwork;
use super::node::SimNode;
use super::operator;
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

/// Nodes that may be replaced in a run.
const REPLACEMENTS: usize = 2;

/// Everything there is in a run.
#[derive(Debug)]
pub(super) struct World {
    seed: u64,
    pub(super) time: WorldTime,
    pub(super) network: SimNetwork,
    pub(super) nodes: BTreeMap<NodeId, SimNode>,
    pub(super) history: History,
    /// Processes that ended by themselves, and when they start again.
    ended: BTreeMap<NodeId, u64>,
    /// Who came for whom.
    replaced: BTreeMap<NodeId, NodeId>,
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
        let mut world = World {
            seed,
            time,
            network,
            nodes: BTreeMap::new(),
            history,
            ended: BTreeMap::new(),
            replaced: BTreeMap::new(),
            folder: folder.to_owned(),
        };
        (1..=NODES).try_for_each(|id| world.add(id))?;
        Ok(world)
    }

    fn add(&mut self, id: u64) -> anyhow::Result<()> {
        let random = Random::new(self.seed, &format!("disk {id}"));
        let folder = self.folder.join(format!("node-{id}"));
        let plan = plan::draw(self.seed, id)?;
        let (time, network) = (self.time.clone(), self.network.clone());
        let node = SimNode::new(plan, folder, time, network, random);
        self.nodes.insert(NodeId(id), node);
        Ok(())
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

    /// Whether one more node may be replaced.
    pub(super) fn may_replace(&self) -> bool {
        self.replaced.len() < REPLACEMENTS && self.nodes.len() as u64 == NODES
    }

    /// Whether nobody takes the place of this node.
    pub(super) fn stays(&self, node: NodeId) -> bool {
        !self.replaced.values().any(|old| *old == node)
    }

    /// Has another node take the place of one that is removed for good.
    pub(super) fn replace(&mut self, old: NodeId) -> anyhow::Result<()> {
        let new = NodeId(NODES + 1 + self.replaced.len() as u64);
        self.replaced.insert(new, old);
        self.add(new.get())?;
        self.start(new)?;
        self.nodes
            .values()
            .filter(|node| node.id() != old && node.id() != new)
            .for_each(|node| operator::replace(node, old, new));
        Ok(())
    }

    /// Lets in who was to take the place of another node and was not let in yet.
    pub(super) fn finish_replacements(&self) {
        let wait: Vec<NodeId> = self.replaced.keys().copied().collect();
        for new in wait {
            self.nodes
                .values()
                .filter(|node| node.id() != new)
                .for_each(|node| operator::join(node, new));
        }
    }

    /// Takes away nodes that the cluster has removed, once their processes have ended.
    fn retire(&mut self) {
        let services = self.nodes.values().filter_map(|node| node.services());
        let retired: BTreeSet<NodeId> = services
            .flat_map(|services| {
                let meta = services.system.cluster().meta();
                let retired = meta.borrow().retired.clone();
                retired.into_iter()
            })
            .collect();
        let gone = |node: &SimNode| retired.contains(&node.id()) && !node.is_running();
        let gone: Vec<NodeId> = self
            .nodes
            .values()
            .filter(|node| gone(node))
            .map(SimNode::id)
            .collect();
        for node in gone {
            self.history.note(format_args!("n{node} is gone for good"));
            self.nodes.remove(&node);
            self.ended.remove(&node);
        }
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
        self.retire();
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
