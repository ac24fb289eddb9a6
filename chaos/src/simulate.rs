//! `roost-chaos sim`: one seed in this process, or many in processes of their own.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::anyhow;
use roost_chaos::sim::{self, Plan, Report};

use crate::entropy;

/// A file system in memory makes simulated disks fast, and no run outlives the machine.
const MEMORY: &str = "/dev/shm";

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Run this seed and print its history.
    #[arg(long)]
    seed: u64,
    /// Seconds of simulated time in which the cluster is used and broken.
    #[arg(long, default_value_t = 20)]
    seconds: u64,
    /// Print what the hub logs as well, on standard error; `RUST_LOG` says how much.
    #[arg(long)]
    replay: bool,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    if arguments.replay {
        tracing_subscriber::fmt()
            .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
            .with_writer(std::io::stderr)
            .init();
    }
    let started = Instant::now();
    let report = simulate(arguments.seed, Duration::from_secs(arguments.seconds))?;
    print!("{}", report.history);
    for violation in &report.violations {
        println!("BROKEN {violation}");
    }
    eprintln!(
        "seed {}: {} ms of simulated time in {} ms",
        report.seed,
        report.simulated,
        started.elapsed().as_millis()
    );
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
