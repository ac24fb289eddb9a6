//! One node of a simulated world: all of the hub's layers on a runtime of their own.
//!
//! A node that crashes loses its runtime, and with it every task at whatever point it was; what it
//! had on disk goes to a new folder, less what a crash loses, and the next start finds that.

use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use anyhow::Context as _;
use roost_actors::{ActorSystem, Timings};
use roost_cluster::{Cluster, ClusterConfig, NewUnit, Storage, StorageConfig};
use roost_edge::Edge;
use roost_engine::LogDrive;
use roost_model::{HubName, Limits, NodeId};
use tokio::runtime::{Builder, Runtime};

use super::clock::{NodeClock, WorldTime};
use super::disk::{Disk, Loss};
use super::network::SimNetwork;
use super::random::Random;

/// Blocks kept in memory. Small, because worlds are.
const CACHE_BYTES: usize = 4 << 20;
const STEP: Duration = Duration::from_millis(1);

/// A node, running or not.
pub(super) struct SimNode {
    id: NodeId,
    folder: PathBuf,
    /// How often the folder was replaced after a crash.
    copies: u32,
    clock: NodeClock,
    network: SimNetwork,
    plan: NodePlan,
    disk: Disk,
    life: Option<Life>,
    paused: bool,
    /// Milliseconds that its runtime has missed.
    asleep: u64,
}

/// What a node is configured with.
#[derive(Debug, Clone)]
pub(super) struct NodePlan {
    pub config: ClusterConfig,
    pub unit: NewUnit,
    pub hub: HubName,
    pub limits: Limits,
    pub timings: Timings,
}

/// What a running node offers to its clients. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Services {
    pub node: NodeId,
    pub system: ActorSystem,
    pub edge: Edge,
}

/// From a start to its end.
struct Life {
    // Dropped first: tasks hold on to all the rest.
    runtime: Runtime,
    services: Arc<OnceLock<Services>>,
    /// Why the start failed.
    refused: Arc<OnceLock<String>>,
    drive: LogDrive,
    storage: Storage,
    /// Is set when the process has ended in good order; there while it was asked to.
    ending: Option<Arc<OnceLock<()>>>,
}

// === impl SimNode ===

impl SimNode {
    pub(super) fn new(
        plan: NodePlan,
        folder: PathBuf,
        time: WorldTime,
        network: SimNetwork,
        random: Random,
    ) -> SimNode {
        SimNode {
            id: plan.config.me(),
            folder,
            copies: 0,
            clock: NodeClock::new(time),
            network,
            plan,
            disk: Disk::new(random),
            life: None,
            paused: false,
            asleep: 0,
        }
    }

    /// Its number.
    pub(super) fn id(&self) -> NodeId {
        self.id
    }

    /// Whether there is a process.
    pub(super) fn is_running(&self) -> bool {
        self.life.is_some()
    }

    /// What it offers, once its layers have started.
    pub(super) fn services(&self) -> Option<&Services> {
        self.life.as_ref()?.services.get()
    }

    pub(super) fn clock(&self) -> &NodeClock {
        &self.clock
    }

    pub(super) fn disk(&mut self) -> &mut Disk {
        &mut self.disk
    }

    /// Starts the process on what is on disk.
    pub(super) fn start(&mut self) -> anyhow::Result<()> {
        let config = StorageConfig {
            dir: self.current_folder(),
            cache_bytes: CACHE_BYTES,
        };
        let (storage, drive) = Storage::open_driven(&config, self.id)
            .with_context(|| format!("node {} does not open its databases", self.id))?;
        self.disk.mount();
        let runtime = Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()?;
        let services = Arc::new(OnceLock::new());
        let refused = Arc::new(OnceLock::new());
        let starting = start(
            self.plan.clone(),
            storage.clone(),
            self.network.clone(),
            self.clock.clone(),
            Arc::clone(&services),
        );
        let failed = Arc::clone(&refused);
        runtime.spawn(async move {
            if let Err(error) = starting.await {
                // Nobody else sets it.
                let _ = failed.set(format!("{error:#}"));
            }
        });
        self.asleep = 0;
        self.paused = false;
        self.life = Some(Life {
            runtime,
            services,
            refused,
            drive,
            storage,
            ending: None,
        });
        Ok(())
    }

    /// Asks the process to end in good order, as a service manager does.
    pub(super) fn stop(&mut self) {
        let Some(life) = &mut self.life else { return };
        let (None, Some(services)) = (&life.ending, life.services.get()) else {
            return;
        };
        let ended = Arc::new(OnceLock::new());
        life.ending = Some(Arc::clone(&ended));
        let system = services.system.clone();
        life.runtime.spawn(async move {
            system.close_sessions();
            system.cluster().shutdown().await;
            // Nobody else sets it.
            let _ = ended.set(());
        });
    }

    /// Lives for a millisecond, unless it does not run.
    pub(super) fn step(&mut self, now: u64) -> anyhow::Result<()> {
        let log = self.current_folder().join("log");
        let Some(life) = &mut self.life else {
            return Ok(());
        };
        if self.paused {
            self.asleep += 1;
            return Ok(());
        }
        {
            let _entered = life.runtime.enter();
            self.disk.work(now, &life.drive, &log)?;
        }
        let asleep = Duration::from_millis(std::mem::take(&mut self.asleep));
        life.runtime.block_on(async {
            if !asleep.is_zero() {
                tokio::time::advance(asleep).await;
            }
            tokio::time::sleep(STEP).await;
        });
        Ok(())
    }

    /// Lets the process stand still, or go on.
    pub(super) fn pause(&mut self, paused: bool) {
        self.paused = paused && self.is_running();
    }

    /// Why the process ends by itself, if it does.
    pub(super) fn has_given_up(&self) -> Option<String> {
        let life = self.life.as_ref()?;
        if let Some(error) = life.refused.get() {
            return Some(error.clone());
        }
        if let Some(ended) = &life.ending {
            return ended.get().map(|()| "in good order".to_owned());
        }
        let failed = life.services.get()?.system.cluster().failed();
        failed.borrow().clone()
    }

    /// Ends the process at once. Peers are told unless the power was cut.
    pub(super) fn crash(&mut self, loss: Loss) -> anyhow::Result<()> {
        let Some(life) = self.life.take() else {
            return Ok(());
        };
        let Life {
            runtime,
            services,
            refused: _,
            drive,
            storage,
            ending: _,
        } = life;
        self.network.leave(self.id, loss == Loss::Nothing);
        if loss == Loss::TornWrite {
            let _entered = runtime.enter();
            drive.step();
        }
        let before = self.current_folder();
        self.copies += 1;
        let after = self.current_folder();
        storage.copy_files(&after)?;
        self.disk.crash(&after.join("log"), loss)?;
        drive.abandon();
        drop(runtime);
        drop((services, drive, storage));
        self.paused = false;
        // The database's own threads may be tidying up there; the world's folder goes in the end.
        let _ = fs::remove_dir_all(&before);
        Ok(())
    }

    /// Runs a task on the node's runtime; it ends with the process.
    pub(super) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        if let Some(life) = &self.life {
            life.runtime.spawn(task);
        }
    }

    /// The folder of its databases at the moment.
    pub(super) fn current_folder(&self) -> PathBuf {
        self.folder.join(self.copies.to_string())
    }
}

impl std::fmt::Debug for SimNode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SimNode")
            .field("id", &self.id)
            .field("running", &self.is_running())
            .field("paused", &self.paused)
            .finish_non_exhaustive()
    }
}

async fn start(
    plan: NodePlan,
    storage: Storage,
    network: SimNetwork,
    clock: NodeClock,
    services: Arc<OnceLock<Services>>,
) -> anyhow::Result<()> {
    let node = plan.config.me();
    let transport = Arc::new(network.bind(node));
    let cluster =
        Cluster::start_on(storage, plan.config, transport, Arc::new(clock), plan.unit).await?;
    let system = ActorSystem::start(cluster, plan.limits, plan.timings);
    let edge = Edge::new(&system, plan.hub);
    let offered = Services { node, system, edge };
    // Nobody else sets it.
    let _ = services.set(offered);
    Ok(())
}
