//! One run: form a cluster, use it, break it, heal it, and hold it to its promises.

use std::path::PathBuf;
use std::time::Duration;

use roost_cluster::blocking::InPlace;

use super::audit;
use super::invariant;
use super::nemesis::Nemesis;
use super::random::Random;
use super::workload::Workload;
use super::world::World;

const FORMING: Duration = Duration::from_secs(60);
const SETTING_UP: Duration = Duration::from_secs(60);
/// Within this much simulated time a healed cluster serves everybody everywhere.
const HEALING: Duration = Duration::from_secs(20);
/// Clients end within this: the longest deadline of a call, and a session's patience.
const ENDING: Duration = Duration::from_secs(30);
/// Between two looks of an operator at what was begun and not finished, in milliseconds.
const OPERATE_EVERY: u64 = 1_000;
const AUDITING: Duration = Duration::from_secs(20);
/// Between two looks at replicas while the world is being broken.
const COMPARE_EVERY: Duration = Duration::from_secs(5);

/// What to run.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Everything follows from it.
    pub seed: u64,
    /// Where the simulated disks lie; what is in it is lost.
    pub folder: PathBuf,
    /// How long the world is used and broken.
    pub duration: Duration,
    /// Whether the history is printed while it happens.
    pub echo: bool,
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
    let mut world = World::new(plan.seed, &plan.folder, plan.echo)?;
    let violations = match story(plan, &mut world) {
        Ok(violations) => violations,
        Err(error) => vec![format!("the run came to an end: {error:#}")],
    };
    Ok(Report {
        seed: plan.seed,
        history: world.history().text(),
        violations,
        simulated: world.time.now(),
    })
}

/// Gives the promises that were broken; ends early where going on would be useless.
fn story(plan: &Plan, world: &mut World) -> anyhow::Result<Vec<String>> {
    let broken = |promise: &str| Ok(vec![promise.to_owned()]);
    let mut workload = Workload::new(plan.seed, world.history().clone());
    world.start_all()?;
    if !world.run_until(FORMING, |world| world.is_ready())? {
        return broken("the cluster does not form");
    }
    world.history().note("formed");
    workload.set_up(world);
    if !world.run_until(SETTING_UP, |_| workload.is_set_up())? {
        return broken("devices cannot be registered");
    }
    world.history().note("set up");
    let mut violations = break_it(plan, world, &mut workload)?;

    let mut probes = workload.probe();
    if !world.run_until(HEALING, |world| {
        workload.follow(world);
        if world.time.now().is_multiple_of(OPERATE_EVERY) {
            world.finish_replacements();
        }
        probes.are_over(world)
    })? {
        violations.push(format!(
            "within {HEALING:?} after every fault was taken away, {}",
            probes.missing()
        ));
        return Ok(violations);
    }
    world.history().note("serves again");
    workload.stop();
    if !world.run_until(ENDING, |_| workload.clients() == 0)? {
        violations.push(format!("{} clients are stuck", workload.clients()));
    }
    let Some(node) = world.nodes.values().find(|node| world.stays(node.id())) else {
        return broken("there is no node");
    };
    let answer = audit::begin(node);
    if !world.run_until(AUDITING, |_| answer.lock().is_some())? {
        violations.push("the healed cluster cannot be read".to_owned());
        return Ok(violations);
    }
    if !world.run_until(AUDITING, |world| invariant::replicas_are_level(world))? {
        violations.push("replicas do not come to the same position".to_owned());
    }
    violations.extend(invariant::check_replicas(world, true));
    if let Some(audit) = &*answer.lock() {
        violations.extend(invariant::check_all(world, audit));
    }
    Ok(violations)
}

fn break_it(
    plan: &Plan,
    world: &mut World,
    workload: &mut Workload,
) -> anyhow::Result<Vec<String>> {
    let mut nemesis = Nemesis::new(Random::new(plan.seed, "nemesis"));
    let mut violations = Vec::new();
    let end = world.time.now() + plan.duration.as_millis() as u64;
    let compare_every = COMPARE_EVERY.as_millis() as u64;
    while world.time.now() < end {
        workload.follow(world);
        nemesis.act(world)?;
        world.step()?;
        if world.time.now().is_multiple_of(compare_every) {
            violations.extend(invariant::check_replicas(world, false));
        }
    }
    nemesis.heal(world)?;
    Ok(violations)
}
