//! A hub in a box: nodes, disks, network and time are simulated, the hub's code is not.
//!
//! ```text
//!             World ── one millisecond at a time
//!   SimNetwork ◄─┬─► SimNode: a runtime of its own, paused time ── Cluster, ActorSystem, Edge
//!                │       └─ Disk: writes the log when it says so
//!   Nemesis ─────┤   crashes, pauses, partitions, clocks, disks
//!   Workload ────┘   clients at every node ──► History ──► invariants
//! ```
//!
//! One thread does everything in an order that follows from the seed, so a seed twice gives the same
//! history. That takes a process of its own per seed, whose thread gets its randomness from the
//! seed too (`entropy` in this crate's binary): some counters of the libraries underneath are global.

mod audit;
mod clock;
mod disk;
mod history;
mod invariant;
mod nemesis;
mod network;
mod node;
mod operator;
mod plan;
mod random;
mod run;
#[cfg(test)]
mod stories;
mod workload;
mod world;

pub use history::{Access, Call, History, Operation, Outcome, Register, Value};
pub use run::{Plan, Report, run};
