//! One run: form a cluster, use it, break it, heal it, and hold it to its promises.

use std::path::PathBuf;
use std::time::Duration;

use roost_cluster::blocking::InPlace;

use super::workload::Workload;
use super::world::World;

const FORMING: Duration = Duration::from_secs(60);
const SETTING_UP: Duration = Duration::from_secs(60);

/// What to run.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Everything follows from it.
    pub seed: u64,
    /// Where the simulated disks lie; what is in it is lost.
    pub folder: PathBuf,
    /// How long the world is used and broken.
    pub duration: Duration,
}

/// What came of it.
#[derive(Debug, Clone)]
pub struct Report {
    /// The run's seed.
    pub seed: u64,
    /// What happened; the same for the same seed.
    pub history: String,
    /// Promises that were broken.
    pub violations: Vec<String>,
    /// Milliseconds of simulated time.
    pub simulated: u64,
}

/// Runs a seed on this thread, which should draw its randomness from the seed.
///
/// # Errors
/// When the machine that simulates does not do its part.
pub fn run(plan: &Plan) -> anyhow::Result<Report> {
    let _in_place = InPlace::enter();
    let mut world = World::new(plan.seed, &plan.folder)?;
    let mut violations = Vec::new();
    if let Err(promise) = story(plan, &mut world)? {
        violations.push(promise);
    }
    Ok(Report {
        seed: plan.seed,
        history: world.history().text(),
        violations,
        simulated: world.time.now(),
    })
}

/// Ends early with the promise whose breach makes going on useless.
fn story(plan: &Plan, world: &mut World) -> anyhow::Result<Result<(), String>> {
    let workload = Workload::new(plan.seed, world.history().clone());
    world.start_all()?;
    if !world.run_until(FORMING, |world| world.is_ready())? {
        return Ok(Err("the cluster does not form".to_owned()));
    }
    world.history().note("formed");
    if let Some(node) = world.nodes.values().next() {
        workload.set_up(node);
    }
    if !world.run_until(SETTING_UP, |_| workload.is_set_up())? {
        return Ok(Err("devices cannot be registered".to_owned()));
    }
    world.history().note("set up");
    for node in world.nodes.values() {
        workload.start_clients(node);
    }
    world.run_until(plan.duration, |_| false)?;
    workload.stop();
    Ok(Ok(()))
}
