use std::fs::{self, File, TryLockError};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};

use anyhow::{Context, bail};

/// The lock file in a data folder: locked by the process whose number it holds.
const LOCK: &str = "roost.pid";

/// A running `roost node`; killed when dropped.
#[derive(Debug)]
pub(super) struct NodeProcess(Child);

impl NodeProcess {
    /// Starts a node whose output goes to `log`, which is emptied.
    pub(super) fn start(binary: &Path, config: &Path, log: &Path) -> anyhow::Result<Self> {
        let log = File::create(log)?;
        let node = Command::new(binary)
            .args(["node", "--config"])
            .arg(config)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .with_context(|| format!("cannot start a node with {}", config.display()))?;
        Ok(Self(node))
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
