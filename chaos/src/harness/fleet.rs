mod node_config;
mod node_process;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

use anyhow::{Context, bail};
use rustix::process::{Pid, Signal};

use super::{Operator, Probes, ServiceClient, Trust, roost_binary};
use node_config::NodeConfig;
use node_process::NodeProcess;

const HUB: &str = "fleet.example.com";

/// What a fleet looks like.
#[derive(Debug, Clone)]
pub struct FleetPlan {
    /// Folder for keys, configurations, logs and data; what is in it is lost.
    pub folder: PathBuf,
    /// Loopback address of node 1; node n has the n-th one from here.
    pub first_address: Ipv4Addr,
    /// The nodes that form the cluster are 1 to this.
    pub founders: u64,
    /// The highest id that a node will ever have: certificates cover its address.
    pub most: u64,
    pub partitions: u16,
    /// Kinds of events that the hub tells of its devices, as `hub.events` has them.
    pub events: &'static [&'static str],
    /// The lines of `[limits]`: what differs from the defaults.
    pub limits: &'static str,
}

/// Where a node runs.
#[derive(Debug, Clone)]
pub struct Place {
    pub address: Ipv4Addr,
    /// The data folder.
    pub data: PathBuf,
    /// A command that starts the node: its name, and the words that stand before the node's own. Empty
    /// when the node is started by itself.
    pub launcher: Vec<String>,
}

/// Nodes that are set up as on machines of their own: keys from `roost pki`, a configuration file
/// each, started one by one with `roost node --config`. They end with their owner.
#[derive(Debug)]
pub struct Fleet {
    plan: FleetPlan,
    binary: PathBuf,
    /// Connection string of the policy `iothubowner`.
    owner: String,
    /// PEM text of the authority.
    authority: String,
    running: BTreeMap<u64, NodeProcess>,
    /// Nodes that are somewhere else than the plan says.
    places: BTreeMap<u64, Place>,
    /// Claims the addresses for as long as the fleet lives.
    _claim: File,
}

impl Fleet {
    /// Makes keys and certificates in an empty folder. Nodes that an earlier run left behind on the
    /// same data are stopped. Blocks the thread.
    ///
    /// # Errors
    /// There is no binary, the folder cannot be written, or a command fails.
    pub fn prepare(plan: FleetPlan) -> anyhow::Result<Self> {
        let binary = roost_binary()?;
        let claim = claim(plan.first_address)?;
        for id in 1..=plan.most {
            node_process::stop_stale(&data_of(&plan.folder, id))?;
        }
        if plan.folder.exists() {
            fs::remove_dir_all(&plan.folder).context("cannot empty the fleet's folder")?;
        }
        fs::create_dir_all(&plan.folder)?;
        let pki = |arguments: &[&str]| pki(&binary, &plan.folder, arguments);
        let printed = pki(&["init", "--hub", HUB])?;
        let owner = printed.lines().find_map(|line| line.strip_prefix("owner"));
        let owner = owner
            .context("roost pki init prints no owner")?
            .trim()
            .to_owned();
        let mut server = vec!["issue", "server", "--dns", HUB];
        let addresses: Vec<String> = (1..=plan.most)
            .map(|id| address_of(&plan, id).to_string())
            .collect();
        for address in &addresses {
            server.extend(["--ip", address]);
        }
        pki(&server)?;
        let authority = fs::read_to_string(plan.folder.join("ca.pem"))?;
        Ok(Self {
            plan,
            binary,
            owner,
            authority,
            running: BTreeMap::new(),
            places: BTreeMap::new(),
            _claim: claim,
        })
    }

    /// Starts node `id` on the data that it has, if any. `peers` is the list in its configuration;
    /// a founder's holds the founders.
    ///
    /// # Errors
    /// It runs already, or cannot be started.
    pub fn start(&mut self, id: u64, peers: impl IntoIterator<Item = u64>) -> anyhow::Result<()> {
        if self.running.contains_key(&id) {
            bail!("node {id} runs already");
        }
        let folder = &self.plan.folder;
        pki(
            &self.binary,
            folder,
            &["issue", "node", "--id", &id.to_string()],
        )?;
        let config = NodeConfig {
            id,
            hub: HUB,
            address: self.address(id),
            addresses: (1..=self.plan.most)
                .map(|id| address_of(&self.plan, id))
                .collect(),
            peers: peers.into_iter().map(|id| (id, self.address(id))).collect(),
            partitions: self.plan.partitions,
            events: self.plan.events,
            limits: self.plan.limits,
            data: self.data(id),
        };
        let file = folder.join(format!("node-{id}.toml"));
        fs::write(&file, config.to_string())?;
        // What it logged before its last end tells why it ended.
        let log = self.log_of(id);
        if log.exists() {
            fs::rename(&log, log.with_extension("log.before"))?;
        }
        let launcher = self.places.get(&id).map(|place| place.launcher.as_slice());
        let launcher = launcher.unwrap_or_default();
        let node = NodeProcess::start(launcher, &self.binary, &file, &log)?;
        self.running.insert(id, node);
        Ok(())
    }

    /// Ends node `id` with SIGKILL; gives how it ended.
    ///
    /// # Errors
    /// The node does not run.
    pub fn kill(&mut self, id: u64) -> anyhow::Result<ExitStatus> {
        let node = self.running.remove(&id);
        node.with_context(|| format!("node {id} does not run"))?
            .kill()
    }

    /// Sends a signal to the process of node `id`.
    ///
    /// # Errors
    /// The node does not run.
    pub fn signal(&self, id: u64, signal: Signal) -> anyhow::Result<()> {
        Ok(rustix::process::kill_process(self.pid(id)?, signal)?)
    }

    /// The process of node `id`. Its number is not given to another one before its end was noticed here.
    ///
    /// # Errors
    /// The node does not run.
    pub fn pid(&self, id: u64) -> anyhow::Result<Pid> {
        let node = self.running.get(&id);
        node.with_context(|| format!("node {id} does not run"))?
            .pid()
    }

    /// Where node `id` runs from its next start on.
    pub fn place(&mut self, id: u64, place: Place) {
        self.places.insert(id, place);
    }

    /// Deletes the data of node `id`, which must not run.
    ///
    /// # Errors
    /// It runs, or the folder cannot be deleted.
    pub fn erase(&self, id: u64) -> anyhow::Result<()> {
        if self.running.contains_key(&id) {
            bail!("node {id} runs");
        }
        Ok(fs::remove_dir_all(self.data(id))?)
    }

    /// How the process of node `id` ended by itself; `None` while it runs.
    ///
    /// # Errors
    /// It was not started.
    pub fn ended(&mut self, id: u64) -> anyhow::Result<Option<ExitStatus>> {
        let node = self.running.get_mut(&id);
        let ended = node
            .with_context(|| format!("node {id} was not started"))?
            .ended()?;
        if ended.is_some() {
            self.running.remove(&id);
        }
        Ok(ended)
    }

    /// What node `id` has logged since it was last started.
    pub fn log(&self, id: u64) -> String {
        fs::read_to_string(self.log_of(id)).unwrap_or_default()
    }

    /// A back end with the hub owner's rights at node `id`.
    ///
    /// # Errors
    /// The connection string or the certificate cannot be read.
    pub fn service(&self, id: u64) -> anyhow::Result<ServiceClient> {
        ServiceClient::at((self.address(id), 443).into(), &self.authority, &self.owner)
    }

    /// The plain listener of node `id`.
    ///
    /// # Errors
    /// No HTTP client can be made.
    pub fn probes(&self, id: u64) -> anyhow::Result<Probes> {
        Probes::at((self.address(id), 9600).into())
    }

    /// An operator who talks to node `via`.
    pub fn operator(&self, via: u64) -> Operator {
        Operator {
            binary: self.binary.clone(),
            connection_string: self.owner.clone(),
            ca: self.plan.folder.join("ca.pem"),
            via: (self.address(via), 443).into(),
        }
    }

    /// What devices trust.
    ///
    /// # Errors
    /// The certificate cannot be read.
    pub fn trust(&self) -> anyhow::Result<Trust> {
        Trust::from_pem(&self.authority)
    }

    /// Where node `id` speaks MQTT over TLS.
    pub fn mqtt_address(&self, id: u64) -> SocketAddr {
        (self.address(id), 8883).into()
    }

    /// Where other nodes reach node `id`.
    pub fn peer_address(&self, id: u64) -> SocketAddr {
        (self.address(id), 7600).into()
    }

    /// The data folder of node `id`.
    pub fn data(&self, id: u64) -> PathBuf {
        let place = self.places.get(&id).map(|place| place.data.clone());
        place.unwrap_or_else(|| data_of(&self.plan.folder, id))
    }

    fn address(&self, id: u64) -> Ipv4Addr {
        let place = self.places.get(&id).map(|place| place.address);
        place.unwrap_or_else(|| address_of(&self.plan, id))
    }

    fn log_of(&self, id: u64) -> PathBuf {
        self.plan.folder.join(format!("node-{id}.log"))
    }
}

fn address_of(plan: &FleetPlan, id: u64) -> Ipv4Addr {
    let offset = u32::try_from(id.saturating_sub(1)).unwrap_or(u32::MAX);
    Ipv4Addr::from(u32::from(plan.first_address).saturating_add(offset))
}

fn data_of(folder: &Path, id: u64) -> PathBuf {
    folder.join(format!("node-{id}"))
}

/// Runs `roost pki` and gives what it printed.
fn pki(binary: &Path, folder: &Path, arguments: &[&str]) -> anyhow::Result<String> {
    let output = Command::new(binary)
        .arg("pki")
        .args(arguments)
        .arg("--pki")
        .arg(folder)
        .output()
        .context("cannot start roost pki")?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!(
            "roost pki {arguments:?} ended with {}: {said}",
            output.status
        );
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Waits until no other fleet has these addresses.
fn claim(first_address: Ipv4Addr) -> anyhow::Result<File> {
    let path = std::env::temp_dir().join(format!("roost-fleet-{first_address}.lock"));
    let file = File::create(&path).with_context(|| format!("cannot open {}", path.display()))?;
    file.lock()
        .with_context(|| format!("cannot lock {}", path.display()))?;
    Ok(file)
}
