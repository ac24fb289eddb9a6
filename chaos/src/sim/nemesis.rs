//! What breaks a simulated world, and puts it right again.

mod fault;

use std::collections::BTreeMap;

use roost_cluster::Role;
use roost_model::{NodeId, PartitionId};

use super::disk::Loss;
use super::random::Random;
use super::world::{PARTITIONS, World};
pub(super) use fault::Fault;

/// Between two faults, in milliseconds.
const SHORTEST_PEACE: u64 = 200;
const LONGEST_PEACE: u64 = 3_000;
/// How long a fault lasts, in milliseconds.
const SHORTEST: u64 = 50;
const LONGEST: u64 = 5_000;

/// Draws faults, installs them, and takes them away when their time is over.
#[derive(Debug)]
pub(super) struct Nemesis {
    random: Random,
    next_at: u64,
    /// What lasts, and until when.
    lasting: BTreeMap<u64, Vec<Fault>>,
}

// === impl Nemesis ===

impl Nemesis {
    pub(super) fn new(random: Random) -> Nemesis {
        Nemesis {
            random,
            next_at: 0,
            lasting: BTreeMap::new(),
        }
    }

    /// Does what is to be done at this moment.
    pub(super) fn act(&mut self, world: &mut World) -> anyhow::Result<()> {
        let now = world.time.now();
        while let Some(due) = self.lasting.first_entry().filter(|due| *due.key() <= now) {
            for fault in due.remove() {
                world.history.note(format_args!("end of {fault}"));
                fault.remove(world)?;
            }
        }
        if self.next_at == 0 {
            self.next_at = now + self.random.between(SHORTEST_PEACE, LONGEST_PEACE);
        }
        if now >= self.next_at {
            self.next_at = now + self.random.between(SHORTEST_PEACE, LONGEST_PEACE);
            if let Some(fault) = self.draw(world) {
                let until = now + self.random.between(SHORTEST, LONGEST);
                world.history.note(format_args!("begin of {fault}"));
                fault.install(world)?;
                self.lasting.entry(until).or_default().push(fault);
            }
        }
        Ok(())
    }

    /// Takes every fault away.
    pub(super) fn heal(&mut self, world: &mut World) -> anyhow::Result<()> {
        self.lasting.clear();
        world.heal()
    }

    fn draw(&mut self, world: &World) -> Option<Fault> {
        let nodes: Vec<NodeId> = world.nodes.keys().copied().collect();
        let node = *self.random.pick(&nodes);
        let others: Vec<NodeId> = nodes.iter().copied().filter(|id| *id != node).collect();
        let other = *self.random.pick(&others);
        let leader = self.leader(world).unwrap_or(node);
        let node = if self.random.chance(40) { leader } else { node };
        let runs = world.nodes.get(&node).is_some_and(|node| node.is_running());
        let fault = match self.random.between(0, 99) {
            0..20 if runs => Fault::Crash {
                node,
                loss: *self
                    .random
                    .pick(&[Loss::Nothing, Loss::Unsynced, Loss::TornWrite]),
            },
            20..24 => Fault::PowerCut {
                loss: *self.random.pick(&[Loss::Unsynced, Loss::TornWrite]),
            },
            24..28 if runs => Fault::Restart { node },
            28..31 if world.may_replace() => Fault::Replace { node },
            31..39 if runs => Fault::Pause { node },
            39..48 => Fault::Isolate { node },
            48..51 if other != node => Fault::BreakLink {
                from: node,
                to: other,
            },
            51..58 if other != node => Fault::OneWay {
                from: node,
                to: other,
            },
            58..64 if other != node => Fault::OneWay {
                from: other,
                to: node,
            },
            64..74 if other != node => Fault::SlowPath {
                from: node,
                to: other,
                longest: self.random.between(20, 800),
            },
            74..84 => Fault::SlowDisk {
                node,
                longest: self.random.between(10, 1_500),
            },
            84..88 if runs => Fault::FailDisk { node },
            88..100 => Fault::WrongClock {
                node,
                ahead: self.random.between(0, 60_000) as i64 - 30_000,
            },
            _ => return None,
        };
        Some(fault)
    }

    /// A node that leads some partition, as it sees it itself.
    fn leader(&mut self, world: &World) -> Option<NodeId> {
        let partition = PartitionId(self.random.between(0, u64::from(PARTITIONS) - 1) as u16);
        let leads = |services: &super::node::Services| {
            let handle = services.system.cluster().partition(partition);
            handle.is_some_and(|handle| matches!(*handle.role().borrow(), Role::Leader { .. }))
        };
        let services = world.nodes.values().filter_map(|node| node.services());
        services
            .filter(|services| leads(services))
            .map(|services| services.node)
            .next()
    }
}
