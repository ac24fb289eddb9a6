//! Many seeds, each in a process of its own: some counters in libraries are global, a run that spins
//! can be ended, and one that aborts takes nobody with it.

use std::fs::{self, File};
use std::ops::Range;
use std::path::PathBuf;
use std::process::{Child, Command, ExitCode, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use super::Arguments;

/// Of real time; a run takes seconds.
const PATIENCE: Duration = Duration::from_secs(300);
const POLL: Duration = Duration::from_millis(10);

/// One seed that is running.
struct Run {
    seed: u64,
    process: Child,
    started: Instant,
    history: PathBuf,
}

pub(super) fn run(
    mut seeds: Range<u64>,
    time: Option<Duration>,
    arguments: &Arguments,
) -> anyhow::Result<ExitCode> {
    let started = Instant::now();
    let mut running: Vec<Run> = Vec::new();
    let (mut done, mut failed) = (0_u64, Vec::new());
    loop {
        let more = time.is_none_or(|time| started.elapsed() < time);
        while more && running.len() < arguments.jobs.max(1) {
            let Some(seed) = seeds.next() else { break };
            running.push(Run::start(seed, arguments)?);
        }
        if running.is_empty() {
            break;
        }
        std::thread::sleep(POLL);
        let mut still = Vec::new();
        for mut run in running {
            let Some(why) = run.ended()? else {
                still.push(run);
                continue;
            };
            done += 1;
            if let Err(why) = why {
                run.tell(&why, arguments)?;
                failed.push(run.seed);
            }
            fs::remove_file(&run.history)?;
        }
        running = still;
    }
    let minutes = started.elapsed().as_secs_f64() / 60.0;
    let rate = done as f64 / minutes;
    println!("{done} seeds in {minutes:.1} minutes ({rate:.0} a minute), broken: {failed:?}");
    Ok(if failed.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

// === impl Run ===

impl Run {
    fn start(seed: u64, arguments: &Arguments) -> anyhow::Result<Run> {
        let history = std::env::temp_dir().join(format!("roost-sim-{}-{seed}", std::process::id()));
        let process = Command::new(std::env::current_exe()?)
            .args(["sim", "--seed", &seed.to_string()])
            .args(["--seconds", &arguments.seconds.to_string()])
            .stdout(File::create(&history)?)
            .stderr(Stdio::inherit())
            .spawn()?;
        Ok(Run {
            seed,
            process,
            started: Instant::now(),
            history,
        })
    }

    /// None while it runs; else how it ended.
    fn ended(&mut self) -> anyhow::Result<Option<Result<(), String>>> {
        if let Some(status) = self.process.try_wait()? {
            return Ok(Some(judge(status)));
        }
        if self.started.elapsed() < PATIENCE {
            return Ok(None);
        }
        self.process.kill()?;
        self.process.wait()?;
        Ok(Some(Err("it does not come to an end".to_owned())))
    }

    fn tell(&self, why: &str, arguments: &Arguments) -> anyhow::Result<()> {
        print!("{}", fs::read_to_string(&self.history)?);
        println!(
            "seed {}: {why}\nagain: roost-chaos sim --seed {} --seconds {} --replay",
            self.seed, self.seed, arguments.seconds
        );
        Ok(())
    }
}

fn judge(status: ExitStatus) -> Result<(), String> {
    match status.code() {
        Some(0) => Ok(()),
        Some(1) => Err("promises are broken".to_owned()),
        _ => Err(format!("the simulation ended with {status}")),
    }
}
