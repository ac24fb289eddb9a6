//! Everything that a hub does at once, while the node that leads the most partitions is killed again
//! and again.
//!
//! ```text
//! devices: report, follow desired properties, take messages, run methods ──┐
//! back ends: write and read twins, send messages, call methods             ├─► ledgers ─► invariants
//! readers: feedback, and in the end every change of every twin ────────────┘
//! nemesis: find the busiest node, kill -9, wait until work goes on, start it again, wait until even
//! ```
//!
//! Everyone makes one attempt after the other and notes what is known of its outcome. In the end all
//! nodes are up and everything that was begun comes to its end; then each invariant holds what was
//! noted against what the hub has stored. The hub tells every change of a twin in its event stream, so
//! that there is a history to compare with, and not only a final state.

mod back_end;
mod crew;
mod device;
mod history;
mod invariant;
mod journal;
mod ledger;
mod nemesis;
mod operation;
mod plan;
mod report;
mod stage;
mod topic;
mod work;
mod workload;

pub use journal::Tally;
pub use nemesis::Hit;
pub use plan::Plan;
pub use report::{Evidence, Report};

pub(crate) use operation::Operation;
pub(crate) use report::Excuse;
pub(crate) use work::{Done, Hands, Work};

use anyhow::Context;

use crate::harness::{Fleet, FleetPlan, Patience};
use nemesis::Nemesis;

const NODES: u64 = 3;
/// As many for each node, so that none is always the busiest one.
const PARTITIONS: u16 = 15;
/// Feedback need not wait for company, and what a reader took and lost comes again soon.
pub(crate) const LIMITS: &str = "feedback_batch_seconds = 1\ndevicebound_lock_seconds = 10";
const PATIENCE: Patience = Patience::seconds(60);
/// Messages per second of one who only sends telemetry.
const RATE: u32 = 20;

/// Runs the whole story on a cluster of its own.
///
/// # Errors
/// The cluster cannot be started, or work does not go on after a kill. A broken promise is not an
/// error here but stands in the report.
pub async fn run(plan: &Plan) -> anyhow::Result<Report> {
    let fleet = start(plan).await?;
    let hands = Hands {
        nodes: NODES,
        devices: plan.devices,
        publishers: plan.publishers,
        rate: RATE,
    };
    let work = Work::start(&fleet, hands).await?;
    let mut nemesis = Nemesis::new(fleet, plan.hasty);
    let mut hits = Vec::new();
    for number in 1..=plan.rounds {
        let hit = nemesis.round(&work).await;
        let hit = hit.with_context(|| format!("round {number}"))?;
        println!("round {number}: {hit}");
        hits.push(hit);
    }
    let excuses = hits.iter().map(Hit::excuse).collect();
    let done = work.finish(&nemesis.fleet, 1, hits, excuses).await?;
    Ok(done.report)
}

async fn start(plan: &Plan) -> anyhow::Result<Fleet> {
    let plan = FleetPlan {
        folder: plan.folder.clone(),
        first_address: plan.first_address,
        founders: NODES,
        most: NODES,
        partitions: PARTITIONS,
        events: &["twinChangeEvents"],
        limits: LIMITS,
    };
    let mut fleet = tokio::task::spawn_blocking(move || Fleet::prepare(plan)).await??;
    for id in 1..=NODES {
        fleet.start(id, 1..=NODES)?;
    }
    for id in 1..=NODES {
        fleet.probes(id)?.until_ready(PATIENCE).await?;
    }
    Ok(fleet)
}
