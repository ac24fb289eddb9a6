//! The faults that there are.

use std::fmt;

use roost_model::NodeId;

use crate::sim::disk::Loss;
use crate::sim::world::World;

/// Something that is wrong with a world for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sim) enum Fault {
    /// A node's process ends, and starts again later.
    Crash { node: NodeId, loss: Loss },
    /// All processes end at once.
    PowerCut { loss: Loss },
    /// A node is asked to stop, and starts again.
    Restart { node: NodeId },
    /// A node is removed for good and another one takes its place.
    Replace { node: NodeId },
    /// A process stands still.
    Pause { node: NodeId },
    /// Nothing gets to a node or comes from it.
    Isolate { node: NodeId },
    /// Nothing gets from one node to another; the other direction works.
    OneWay { from: NodeId, to: NodeId },
    /// What one node sends to another takes up to `longest` milliseconds.
    SlowPath {
        from: NodeId,
        to: NodeId,
        longest: u64,
    },
    /// The connections break that one node has made to another.
    BreakLink { from: NodeId, to: NodeId },
    /// A node's fsyncs take up to `longest` milliseconds.
    SlowDisk { node: NodeId, longest: u64 },
    /// A node's next write fails.
    FailDisk { node: NodeId },
    /// A node's clock is ahead by so many milliseconds, or behind.
    WrongClock { node: NodeId, ahead: i64 },
}

// === impl Fault ===

impl Fault {
    pub(super) fn install(self, world: &mut World) -> anyhow::Result<()> {
        match self {
            Fault::Crash { node, loss } => world.crash(node, loss)?,
            Fault::PowerCut { loss } => {
                let nodes: Vec<NodeId> = world.nodes.keys().copied().collect();
                for node in nodes {
                    world.crash(node, loss)?;
                }
            }
            Fault::Replace { node } => world.replace(node)?,
            Fault::Isolate { node } => set_isolated(world, node, true),
            Fault::OneWay { from, to } => world.network.block(from, to, true),
            Fault::BreakLink { from, to } => world.network.break_off(from, to),
            Fault::SlowPath { from, to, longest } => {
                world.network.slow_down(from, to, Some(longest));
            }
            Fault::Pause { node }
            | Fault::Restart { node }
            | Fault::SlowDisk { node, .. }
            | Fault::FailDisk { node }
            | Fault::WrongClock { node, .. } => {
                let Some(node) = world.nodes.get_mut(&node) else {
                    return Ok(());
                };
                match self {
                    Fault::Pause { .. } => node.pause(true),
                    Fault::Restart { .. } => node.stop(),
                    Fault::SlowDisk { longest, .. } => node.disk().slow_down(Some(longest)),
                    Fault::FailDisk { .. } => node.disk().fail(),
                    Fault::WrongClock { ahead, .. } => node.clock().set_ahead(ahead),
                    _ => {}
                }
            }
        }
        Ok(())
    }

    pub(super) fn remove(self, world: &mut World) -> anyhow::Result<()> {
        match self {
            Fault::Crash { node, .. } => world.start(node)?,
            // What comes of it is not taken back.
            Fault::Restart { .. } | Fault::Replace { .. } | Fault::BreakLink { .. } => {}
            Fault::PowerCut { .. } => world.start_all()?,
            Fault::Isolate { node } => set_isolated(world, node, false),
            Fault::OneWay { from, to } => world.network.block(from, to, false),
            Fault::SlowPath { from, to, .. } => world.network.slow_down(from, to, None),
            Fault::Pause { node }
            | Fault::SlowDisk { node, .. }
            | Fault::FailDisk { node }
            | Fault::WrongClock { node, .. } => {
                let Some(node) = world.nodes.get_mut(&node) else {
                    return Ok(());
                };
                match self {
                    Fault::Pause { .. } => node.pause(false),
                    Fault::SlowDisk { .. } => node.disk().slow_down(None),
                    Fault::WrongClock { .. } => node.clock().set_ahead(0),
                    _ => {}
                }
            }
        }
        Ok(())
    }
}

fn set_isolated(world: &World, node: NodeId, isolated: bool) {
    for other in world.nodes.keys().filter(|other| **other != node) {
        world.network.block(node, *other, isolated);
        world.network.block(*other, node, isolated);
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Crash { node, loss } => write!(f, "crash of n{node}, {loss}"),
            Fault::PowerCut { loss } => write!(f, "power cut, {loss}"),
            Fault::Restart { node } => write!(f, "restart of n{node}"),
            Fault::Replace { node } => write!(f, "replacement of n{node}"),
            Fault::Pause { node } => write!(f, "pause of n{node}"),
            Fault::Isolate { node } => write!(f, "isolation of n{node}"),
            Fault::OneWay { from, to } => write!(f, "no way from n{from} to n{to}"),
            Fault::SlowPath { from, to, longest } => {
                write!(f, "slow way from n{from} to n{to}, {longest} ms")
            }
            Fault::BreakLink { from, to } => write!(f, "broken link from n{from} to n{to}"),
            Fault::SlowDisk { node, longest } => write!(f, "slow disk at n{node}, {longest} ms"),
            Fault::FailDisk { node } => write!(f, "failing disk at n{node}"),
            Fault::WrongClock { node, ahead } => write!(f, "clock of n{node} off by {ahead} ms"),
        }
    }
}
