use std::fs::{self, File, TryLockError};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};

use anyhow::{Context, bail};
use rustix::process::Pid;

/// The lock file in a data folder: locked by the process whose number it holds.
const LOCK: &str = "roost.pid";

/// A running `roost node`; killed when dropped.
#[derive(Debug)]
pub(super) struct NodeProcess(Child);

impl NodeProcess {
    /// Starts a node by `launcher`, if it is not empty. Its output goes to `log`, which is emptied.
    pub(super) fn start(
        launcher: &[String],
        binary: &Path,
        config: &Path,
        log: &Path,
    ) -> anyhow::Result<Self> {
        let log = File::create(log)?;
        let mut command = match launcher.split_first() {
            Some((program, words)) => {
                let mut command = Command::new(program);
                command.args(words).arg(binary);
                command
            }
            None => Command::new(binary),
        };
        let node = command
            .args(["node", "--config"])
            .arg(config)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .with_context(|| format!("cannot start a node with {}", config.display()))?;
        Ok(Self(node))
    }

    pub(super) fn pid(&self) -> anyhow::Result<Pid> {
        Pid::from_raw(i32::try_from(self.0.id())?).context("process 0")
    }

    /// Ends it with SIGKILL; gives how it ended.
    pub(super) fn kill(mut self) -> anyhow::Result<ExitStatus> {
        self.0.kill()?;
        Ok(self.0.wait()?)
    }

    /// How it ended, if it did.
    pub(super) fn ended(&mut self) -> anyhow::Result<Option<ExitStatus>> {
        Ok(self.0.try_wait()?)
    }
}

impl Drop for NodeProcess {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Kills the node that still uses a data folder because the run that started it was killed itself.
pub(super) fn stop_stale(data: &Path) -> anyhow::Result<()> {
    let Ok(lock) = File::open(data.join(LOCK)) else {
        return Ok(());
    };
    if !matches!(lock.try_lock_shared(), Err(TryLockError::WouldBlock)) {
        return Ok(());
    }
    let pid: u32 = fs::read_to_string(data.join(LOCK))?.trim().parse()?;
    let killed = Command::new("sh")
        .args(["-c", &format!("kill -9 {pid}")])
        .status()?;
    if !killed.success() {
        bail!(
            "process {pid} still uses {} and cannot be killed",
            data.display()
        );
    }
    Ok(lock.lock_shared()?)
}
