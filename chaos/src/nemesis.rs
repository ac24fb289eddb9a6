//! A cluster in which each node has a network, a disk and a clock of its own, and everything that can be done to
//! them while everybody works.
//!
//! ```text
//!  devices and back ends (as in `mixed`) ── bridge ─┬─ [namespace, ext4 in a file, node]
//!                                                   ├─ [namespace, ext4 in a file, node]
//!  nemesis: one fault after the other ──────────────┴─ [namespace, ext4 in a file, node]
//! ```
//!
//! Each fault comes when all is well, stays until the others have got on and a while longer, and goes;
//! then all must be well again within a bound. A fault says whether it was seen to take hold. Where the
//! machine permits no namespaces or no disks, the run says so and does what can be done without.

mod availability;
mod chance;
mod fault;
mod ground;
mod history;
mod plan;
mod report;
mod scene;
mod shell;
mod strike;

pub use availability::{Availability, Glimpse};
pub use fault::Fault;
pub use plan::Plan;
pub use report::Report;
pub use strike::{Hold, Strike};

use std::fs;
use std::time::Duration;

use anyhow::Context;
use tokio::time::{Instant, timeout};

use crate::harness::{Fleet, FleetPlan, Patience};
use crate::mixed::{Done, Hands, LIMITS, Work};
use ground::Ground;
use history::History;
use scene::Scene;

/// As many for each of three nodes, or of five.
const PARTITIONS: u16 = 15;
const START: Patience = Patience::seconds(60);
/// For everything that was begun to come to its end.
const END: Duration = Duration::from_secs(180);

/// Runs the whole story on a cluster of its own.
///
/// # Errors
/// The cluster cannot be started, or the report cannot be written. What the cluster does not come
/// through is not an error here but stands in the report.
pub async fn run(plan: &Plan) -> anyhow::Result<Report> {
    fs::create_dir_all(&plan.report).context("cannot make the report's folder")?;
    // Nodes end before what they stand on is taken away, here and below: what comes last goes first.
    let (ground, fleet) = prepare(plan).await?;
    let limits = limits(plan, &ground);
    let mut scene = start(plan, ground, fleet).await?;
    let begin = Instant::now();
    let mut history = History::create(&plan.report.join("history.jsonl"), begin)?;
    let mut strikes = Vec::new();
    let mut broken = Vec::new();
    if let Err(error) = Box::pin(strike(plan, &mut scene, &mut history, &mut strikes)).await {
        println!("stopped: {error:#}");
        broken.push(format!("{error:#}"));
    }
    let done = match Box::pin(timeout(END, end(scene, &strikes))).await {
        Ok(Ok(done)) => Some(done),
        Ok(Err(error)) => {
            broken.push(format!("work cannot be brought to its end: {error:#}"));
            None
        }
        Err(_) => {
            broken.push(format!("work did not come to its end within {END:?}"));
            None
        }
    };
    if let Some(done) = &done {
        for operation in &done.operations {
            history.operation(operation)?;
        }
        for journal in &done.journals {
            history.telemetry(journal)?;
        }
    }
    history.end()?;
    let report = Report::new(plan, begin, strikes, limits, done, broken);
    report.write(&plan.report)?;
    Ok(report)
}

/// Brings about one fault after the other.
async fn strike(
    plan: &Plan,
    scene: &mut Scene,
    history: &mut History,
    strikes: &mut Vec<Strike>,
) -> anyhow::Result<()> {
    let begin = Instant::now();
    scene.settled().await.context("before the first fault")?;
    for (turn, fault) in plan.faults.iter().cycle().enumerate() {
        let again = turn >= plan.faults.len();
        if again && begin.elapsed() >= plan.time {
            break;
        }
        let hit = Box::pin(fault.strike(scene)).await?;
        if !matches!(hit.hold, Hold::Skipped(_)) {
            scene
                .settled()
                .await
                .with_context(|| format!("after {fault}"))?;
        }
        let strike = Strike::new(*fault, hit);
        println!("{strike}");
        history.strike(&strike)?;
        strikes.push(strike);
    }
    Ok(())
}

async fn end(scene: Scene, strikes: &[Strike]) -> anyhow::Result<Done> {
    let (_ground, fleet, work, teller) = scene.end();
    let excuses = strikes.iter().flat_map(Strike::excuses).collect();
    work.finish(&fleet, teller, Vec::new(), excuses).await
}

/// Makes networks, disks, clocks and keys.
async fn prepare(plan: &Plan) -> anyhow::Result<(Ground, Fleet)> {
    let (folder, tag, nodes) = (plan.folder.clone(), plan.tag, plan.nodes);
    // Nodes read the time faster without.
    let shifts_clocks = plan.faults.contains(&Fault::ClockShift);
    let prepared = tokio::task::spawn_blocking(move || {
        let mut ground = Ground::clear(&folder, tag)?;
        ground.lay_network(nodes);
        let fleet = FleetPlan {
            folder,
            first_address: ground.first_address(),
            founders: nodes,
            most: nodes,
            partitions: PARTITIONS,
            events: &["twinChangeEvents"],
            limits: LIMITS,
        };
        let mut fleet = Fleet::prepare(fleet)?;
        ground.lay_disks(nodes);
        if shifts_clocks {
            ground.lay_clocks(nodes);
        }
        for place in 1..=nodes {
            fleet.place(place, ground.place(place, place));
        }
        Ok((ground, fleet))
    });
    prepared.await?
}

async fn start(plan: &Plan, ground: Ground, mut fleet: Fleet) -> anyhow::Result<Scene> {
    for id in 1..=plan.nodes {
        fleet.start(id, 1..=plan.nodes)?;
    }
    for id in 1..=plan.nodes {
        fleet.probes(id)?.until_ready(START).await?;
    }
    let hands = Hands {
        nodes: plan.nodes,
        devices: plan.devices,
        publishers: plan.publishers,
        rate: plan.rate,
    };
    let work = Work::start(&fleet, hands).await?;
    Ok(Scene::new(
        fleet, ground, work, plan.nodes, plan.hold, plan.seed,
    ))
}

/// What this machine does not permit, in words.
fn limits(plan: &Plan, ground: &Ground) -> Vec<String> {
    let mut limits = Vec::new();
    if let Err(why) = ground.network() {
        limits.push(format!(
            "nodes are on loopback, and their links stay whole: {why}"
        ));
    }
    if let Err(why) = ground.disks() {
        limits.push(format!("nodes share a disk, which stays whole: {why}"));
    }
    if let (true, Err(why)) = (plan.faults.contains(&Fault::ClockShift), ground.clocks()) {
        limits.push(format!("nodes share a clock, which stays right: {why}"));
    }
    for limit in &limits {
        println!("{limit}");
    }
    limits
}
