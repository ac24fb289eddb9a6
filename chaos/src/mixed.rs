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
mod plan;
mod report;
mod stage;
mod topic;
mod workload;

pub use journal::Tally;
pub use nemesis::Hit;
pub use plan::Plan;
pub use report::{Evidence, Report};

use std::collections::BTreeMap;

use anyhow::Context;
use roost_model::DeviceId;
use tokio::time::Instant;

use crate::harness::{Event, Fleet, FleetPlan, Patience};
use crate::load::{Load, Publisher, audit};
use crew::Crew;
use history::History;
use invariant::Facts;
use nemesis::Nemesis;

const NODES: u64 = 3;
/// As many for each node, so that none is always the busiest one.
const PARTITIONS: u16 = 15;
/// Feedback need not wait for company, and what a reader took and lost comes again soon.
const LIMITS: &str = "feedback_batch_seconds = 1\ndevicebound_lock_seconds = 10";
const PATIENCE: Patience = Patience::seconds(60);
const WINDOW: usize = 16;
/// Messages per second of one who only sends telemetry.
const RATE: u32 = 20;

/// Runs the whole story on a cluster of its own.
///
/// # Errors
/// The cluster cannot be started, or work does not go on after a kill. A broken promise is not an
/// error here but stands in the report.
pub async fn run(plan: &Plan) -> anyhow::Result<Report> {
    let fleet = start(plan).await?;
    let owner = fleet.service(1)?;
    let load = Load::start(publishers(&fleet, plan).await?);
    let mut crew = Crew::start(&fleet, NODES, plan.devices).await?;
    let begin = Instant::now();
    crew.goes_on(PATIENCE).await?;

    let mut nemesis = Nemesis::new(fleet, plan.hasty);
    let mut hits = Vec::new();
    for number in 1..=plan.rounds {
        let hit = nemesis.round(&crew, &load).await;
        let hit = hit.with_context(|| format!("round {number}"))?;
        println!("round {number}: {hit}");
        hits.push(hit);
    }
    let duration = begin.elapsed();
    let mut broken = Vec::new();
    crew.finish(&mut broken).await;
    let journals = load.finish().await;

    let mut twins = BTreeMap::new();
    for ledger in &crew.ledgers {
        let told = crew.twins(&ledger.device).await?;
        twins.insert(ledger.device.to_string(), told);
    }
    let (told, telemetry): (Vec<Event>, Vec<Event>) = owner
        .everything()
        .await?
        .into_iter()
        .partition(|event| !event.is_telemetry());
    drop(nemesis);
    let findings = audit(&journals, &telemetry);
    broken.extend(findings.broken.iter().cloned());

    let mut report = Report::new(duration, hits, findings, broken);
    let batches = crew.feedback.batches();
    for ledger in &crew.ledgers {
        let history = History::of(ledger.device.as_str(), &told);
        let twins = twins.remove(ledger.device.as_str()).unwrap_or_default();
        report.add(&Facts {
            ledger,
            history: &history,
            twins: &twins,
            batches: &batches,
        });
    }
    Ok(report)
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

/// Devices that only send telemetry, at home at the nodes in turn.
async fn publishers(fleet: &Fleet, plan: &Plan) -> anyhow::Result<Vec<Publisher>> {
    let (owner, trust) = (fleet.service(1)?, fleet.trust()?);
    let mut publishers = Vec::with_capacity(plan.publishers);
    for (number, home) in (0..plan.publishers).zip((1..=NODES).cycle()) {
        let device: DeviceId = format!("telemetry-{number:02}").parse()?;
        let credential = owner.create_device(&device).await?;
        let nodes = (home..=NODES).chain(1..home);
        let nodes = nodes.map(|id| (id, fleet.mqtt_address(id)));
        let publisher = Publisher::new(&credential, &trust, nodes, WINDOW, RATE);
        publishers.push(publisher);
    }
    Ok(publishers)
}
