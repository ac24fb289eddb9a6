//! `roost-chaos sim`: one seed in this process, or many in processes of their own.

mod many;

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::anyhow;
use roost_chaos::sim::{self, Plan, Report};

use crate::entropy;

/// A file system in memory makes simulated disks fast, and no run outlives the machine.
const MEMORY: &str = "/dev/shm";

#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("which").required(true).args(["seed", "seeds", "minutes"])))]
pub(crate) struct Arguments {
    /// Run this seed, and print its history while it happens.
    #[arg(long)]
    seed: Option<u64>,
    /// Run the seeds from the first one to before the second one, as in `1..100`.
    #[arg(long, value_parser = range)]
    seeds: Option<Range<u64>>,
    /// Run seed after seed for so many minutes.
    #[arg(long)]
    minutes: Option<u64>,
    /// Seeds that run at the same time.
    #[arg(long, default_value_t = 1)]
    jobs: usize,
    /// Seconds of simulated time in which a cluster is used and broken.
    #[arg(long, default_value_t = 20)]
    seconds: u64,
    /// Print what the hub logs as well, on standard error; `RUST_LOG` says how much.
    #[arg(long)]
    replay: bool,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    match (arguments.seed, &arguments.seeds, arguments.minutes) {
        (Some(seed), _, _) => one(seed, arguments),
        (None, Some(seeds), _) => many::run(seeds.clone(), None, arguments),
        (None, None, minutes) => {
            let time = Duration::from_secs(60 * minutes.unwrap_or(1));
            let first = u64::from(std::process::id()) << 32;
            many::run(first..u64::MAX, Some(time), arguments)
        }
    }
}

fn one(seed: u64, arguments: &Arguments) -> anyhow::Result<ExitCode> {
    if arguments.replay {
        tracing_subscriber::fmt()
            .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
            .with_writer(std::io::stderr)
            .without_time()
            .init();
    }
    let report = simulate(seed, Duration::from_secs(arguments.seconds))?;
    for violation in &report.violations {
        println!("BROKEN {violation}");
    }
    println!("seed {seed}: {} ms of simulated time", report.simulated);
    Ok(if report.violations.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// On a thread of its own: what a thread has drawn before would show.
fn simulate(seed: u64, duration: Duration) -> anyhow::Result<Report> {
    let plan = Plan {
        seed,
        folder: folder(seed),
        duration,
        echo: true,
    };
    let simulating = std::thread::Builder::new()
        .name("simulation".to_owned())
        .spawn(move || {
            entropy::seed(seed);
            sim::run(&plan)
        })?;
    simulating
        .join()
        .map_err(|_| anyhow!("the simulation of seed {seed} has panicked"))?
}

fn folder(seed: u64) -> PathBuf {
    let memory = Path::new(MEMORY);
    let parent = if memory.is_dir() {
        memory.to_owned()
    } else {
        std::env::temp_dir()
    };
    parent.join(format!("roost-sim-{}-{seed}", std::process::id()))
}

fn range(text: &str) -> Result<Range<u64>, String> {
    let bounds = text.split_once("..");
    let bounds = bounds.and_then(|(first, end)| Some(first.parse().ok()?..end.parse().ok()?));
    bounds.ok_or_else(|| format!("{text} is not of the form 1..100"))
}
