use std::fs::{File, OpenOptions};
use std::io::ErrorKind;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

use super::{DevFile, roost_binary};

/// A cold start takes two seconds; a machine that compiles next to it takes longer.
const START_LIMIT: Duration = Duration::from_secs(60);
const STOP_LIMIT: Duration = Duration::from_secs(30);
const INTERVAL: Duration = Duration::from_millis(20);

/// A fresh cluster of real node processes, started with `roost dev` and stopped with its owner.
///
/// `roost dev --until-stdin-closes` ends when this process does, however that happens: a cluster that
/// lives in a `static`, whose destructor never runs, is stopped all the same.
#[derive(Debug)]
pub struct DevCluster {
    folder: PathBuf,
    binary: PathBuf,
    file: DevFile,
    /// Stops every node, whoever started it.
    _process: DevProcess,
    /// Nodes that were killed and started again.
    restarted: Vec<(u64, Restarted)>,
}

impl DevCluster {
    /// Starts `nodes` nodes on `first_address` and the addresses after it, with empty data folders
    /// below `folder`, and waits until they serve. Blocks the thread.
    ///
    /// A cluster of an earlier run on the same addresses that is still stopping is waited for.
    ///
    /// # Errors
    /// There is no binary, or the cluster does not come up; the text holds what it logged.
    pub fn start(folder: &Path, nodes: usize, first_address: Ipv4Addr) -> anyhow::Result<Self> {
        let binary = roost_binary()?;
        let mut process = DevProcess::start(&binary, folder, nodes, first_address)?;
        let file = process.wait_until_it_serves(folder)?;
        let folder = folder.to_owned();
        Ok(Self {
            folder,
            binary,
            file,
            _process: process,
            restarted: Vec::new(),
        })
    }

    /// What `roost dev` told about the cluster when it began to serve.
    pub fn file(&self) -> &DevFile {
        &self.file
    }

    /// What node `id` has logged.
    pub fn node_log(&self, id: u64) -> String {
        std::fs::read_to_string(self.log_of(id)).unwrap_or_default()
    }

    fn log_of(&self, id: u64) -> PathBuf {
        self.folder.join(format!("node-{id}.log"))
    }

    /// The process that runs node `id` now.
    pub fn pid(&self, id: u64) -> Option<u32> {
        let restarted = self.restarted.iter().find(|(node, _)| *node == id);
        let first = self.file.nodes.iter().find(|node| node.id == id);
        restarted
            .map(|(_, node)| node.0.id())
            .or(first.map(|node| node.pid))
    }

    /// Ends node `id` with SIGKILL.
    ///
    /// # Errors
    /// The node does not run.
    pub fn kill(&mut self, id: u64) -> anyhow::Result<()> {
        let pid = self
            .pid(id)
            .with_context(|| format!("there is no node {id}"))?;
        let status = Command::new("sh")
            .args(["-c", &format!("kill -9 {pid}")])
            .status()?;
        if !status.success() {
            bail!("process {pid} of node {id} cannot be killed: {status}");
        }
        self.restarted.retain(|(node, _)| *node != id);
        Ok(())
    }

    /// Starts node `id` again on its data, as the command that `roost dev` printed would.
    ///
    /// # Errors
    /// The process cannot be started.
    pub fn restart(&mut self, id: u64) -> anyhow::Result<()> {
        let config = self.folder.join(format!("node-{id}.toml"));
        let log = OpenOptions::new().append(true).open(self.log_of(id))?;
        let node = Command::new(&self.binary)
            .args(["node", "--config"])
            .arg(config)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .with_context(|| format!("cannot start node {id} again"))?;
        self.restarted.push((id, Restarted(node)));
        Ok(())
    }
}

/// A node that was started by hand. `roost dev` stops it with the others.
#[derive(Debug)]
struct Restarted(Child);

impl Drop for Restarted {
    /// Sees the process off.
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The running `roost dev`.
#[derive(Debug)]
struct DevProcess {
    child: Child,
    log: PathBuf,
}

impl DevProcess {
    fn start(
        binary: &Path,
        folder: &Path,
        nodes: usize,
        first_address: Ipv4Addr,
    ) -> anyhow::Result<Self> {
        let log = std::env::temp_dir().join(format!("roost-dev-{first_address}.log"));
        let output = claim(&log)?;
        remove_stale(&folder.join(DevFile::NAME))?;
        let child = Command::new(binary)
            .arg("dev")
            .args(["--nodes", &nodes.to_string()])
            .args(["--first-address", &first_address.to_string()])
            .arg("--data")
            .arg(folder)
            .args(["--fresh", "--until-stdin-closes"])
            .stdin(Stdio::piped())
            .stdout(output.try_clone()?)
            .stderr(output)
            .spawn()
            .with_context(|| format!("cannot start {}", binary.display()))?;
        Ok(Self { child, log })
    }

    fn wait_until_it_serves(&mut self, folder: &Path) -> anyhow::Result<DevFile> {
        let deadline = Instant::now() + START_LIMIT;
        loop {
            if let Some(status) = self.child.try_wait()? {
                bail!("roost dev ended with {status}:\n{}", self.log_text());
            }
            // It appears at once and whole, and when the cluster serves.
            if folder.join(DevFile::NAME).exists() {
                return DevFile::read(folder);
            }
            if Instant::now() > deadline {
                bail!(
                    "roost dev does not serve after {START_LIMIT:?}:\n{}",
                    self.log_text()
                );
            }
            thread::sleep(INTERVAL);
        }
    }

    fn log_text(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Drop for DevProcess {
    /// Has the nodes stopped and waits until they have ended.
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let deadline = Instant::now() + STOP_LIMIT;
        while Instant::now() < deadline {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            thread::sleep(INTERVAL);
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Opens and locks the log. The lock belongs to the open file, which becomes the cluster's output, so
/// it ends when the last process of the cluster has: addresses are claimed together with the log.
fn claim(log: &Path) -> anyhow::Result<File> {
    let file = OpenOptions::new()
        .create(true)
        .append(true)
        .open(log)
        .with_context(|| format!("cannot open {}", log.display()))?;
    file.lock()
        .with_context(|| format!("cannot lock {}", log.display()))?;
    file.set_len(0)?;
    Ok(file)
}

/// The file of an earlier run must not be taken for this one's.
fn remove_stale(file: &Path) -> anyhow::Result<()> {
    match std::fs::remove_file(file) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}
