//! What clients do in a simulated world while it is being broken.
//!
//! Every client lives at a node and ends with its process; the next process has new ones. What a
//! client asks and hears goes into the history.

mod access;
mod deliveries;
mod fence;
mod messages;
mod methods;
mod probe;
mod registers;
mod telemetry;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use roost_actors::{HubClient, IdentityDraft};
#[cfg(test)]
use roost_edge::Session;
use roost_model::{
    Authentication, DeviceId, Identity, Incarnation, NodeId, SymmetricKey, SymmetricKeys, Timestamp,
};

use super::history::{Call, History, Open, Register};
use super::node::{Services, SimNode};
use super::random::Random;
use super::world::{HUB, World};
pub(super) use probe::Probes;

/// Devices of a world that are always registered.
pub(super) const DEVICES: u64 = 6;
/// Devices that come and go, behind those in number.
const GUESTS: u64 = 2;
const RETRY: Duration = Duration::from_millis(100);

/// The clients of a run, at whatever nodes.
#[derive(Debug)]
pub(super) struct Workload {
    shared: Arc<Shared>,
    /// The processes that have clients.
    followed: BTreeMap<NodeId, Incarnation>,
}

#[derive(Debug)]
struct Shared {
    seed: u64,
    history: History,
    devices: Mutex<Vec<Device>>,
    stopping: AtomicBool,
    /// Values are told apart by their numbers, over all clients.
    next_value: AtomicU64,
    /// Clients so far, and those that have ended.
    clients: AtomicU64,
    ended: AtomicU64,
}

/// A device, and what it needs to connect.
#[derive(Debug, Clone)]
pub(super) struct Device {
    name: String,
    identity: Identity,
    key: SymmetricKey,
}

/// One client.
#[derive(Debug)]
struct Client {
    services: Services,
    shared: Arc<Shared>,
    random: Random,
}

// === impl Workload ===

impl Workload {
    pub(super) fn new(seed: u64, history: History) -> Workload {
        let shared = Shared {
            seed,
            history,
            devices: Mutex::default(),
            stopping: AtomicBool::new(false),
            next_value: AtomicU64::new(1),
            clients: AtomicU64::new(0),
            ended: AtomicU64::new(0),
        };
        Workload {
            shared: Arc::new(shared),
            followed: BTreeMap::new(),
        }
    }

    /// Registers the devices, from some node.
    pub(super) fn set_up(&self, world: &World) {
        let Some((node, services)) = first_served(world) else {
            return;
        };
        let (hub, shared) = (services.system.hub(), Arc::clone(&self.shared));
        node.spawn(async move {
            for number in 0..DEVICES + GUESTS {
                let name = format!("d{number}");
                if let Ok(device) = register(&hub, name).await {
                    shared.devices.lock().push(device);
                }
            }
        });
    }

    /// Connects a device at a node; filled when that was answered.
    #[cfg(test)]
    pub(super) fn attach(&self, node: &SimNode, number: usize) -> Arc<Mutex<Option<Session>>> {
        let attached = Arc::new(Mutex::new(None));
        if let Some(services) = node.services() {
            let (client, filled) = (self.client(services), Arc::clone(&attached));
            let device = self.shared.devices.lock()[number].clone();
            node.spawn(async move { *filled.lock() = telemetry::attach(&client, &device).await });
        }
        attached
    }

    /// Whether all devices are there.
    pub(super) fn is_set_up(&self) -> bool {
        self.shared.devices.lock().len() as u64 == DEVICES + GUESTS
    }

    /// Starts the clients of every process that has none yet.
    pub(super) fn follow(&mut self, world: &World) {
        for node in world.nodes.values() {
            let Some(services) = node.services() else {
                continue;
            };
            let incarnation = services.system.cluster().incarnation();
            if self.followed.insert(node.id(), incarnation) != Some(incarnation) {
                self.start_clients(node, services);
            }
        }
    }

    /// Has every node show that it serves everybody.
    pub(super) fn probe(&self) -> Probes {
        Probes::new(Arc::clone(&self.shared))
    }

    /// Clients that have not ended.
    pub(super) fn clients(&self) -> u64 {
        let shared = &self.shared;
        shared.clients.load(Ordering::Relaxed) - shared.ended.load(Ordering::Relaxed)
    }

    fn start_clients(&self, node: &SimNode, services: &Services) {
        for _ in 0..2 {
            node.spawn(telemetry::run(self.client(services)));
        }
        for register in [Register::Twin, Register::Identity] {
            node.spawn(registers::run(self.client(services), register));
        }
        node.spawn(registers::watch(self.client(services)));
        node.spawn(fence::run(self.client(services)));
        node.spawn(access::run(self.client(services)));
        node.spawn(methods::run(self.client(services)));
        node.spawn(messages::send(self.client(services)));
        node.spawn(messages::fetch(self.client(services)));
        node.spawn(deliveries::take(self.client(services)));
    }

    /// Lets every client end with what it is at.
    pub(super) fn stop(&self) {
        self.shared.stopping.store(true, Ordering::Relaxed);
    }

    fn client(&self, services: &Services) -> Client {
        Client::new(services.clone(), Arc::clone(&self.shared))
    }
}

fn first_served(world: &World) -> Option<(&SimNode, &Services)> {
    let mut nodes = world.nodes.values();
    nodes.find_map(|node| node.services().map(|services| (node, services)))
}

/// Registers a device with a key that follows from its name; goes on trying.
async fn register(hub: &HubClient, name: String) -> anyhow::Result<Device> {
    let device = Device {
        identity: Identity::device(DeviceId::parse(&name)?),
        key: SymmetricKey::from_bytes(format!("{name:-<32}").into_bytes())?,
        name,
    };
    while hub.create_identity(device.draft()).await.is_err()
        && hub.identity(&device.identity).await.is_err()
    {
        tokio::time::sleep(RETRY).await;
    }
    Ok(device)
}

// === impl Client ===

impl Client {
    fn new(services: Services, shared: Arc<Shared>) -> Client {
        let number = shared.clients.fetch_add(1, Ordering::Relaxed);
        Client {
            services,
            random: Random::new(shared.seed, &format!("client {number}")),
            shared,
        }
    }

    fn node(&self) -> NodeId {
        self.services.node
    }

    fn begin(&self, call: Call) -> Open {
        self.shared.history.begin(self.node(), call)
    }

    fn is_stopping(&self) -> bool {
        self.shared.stopping.load(Ordering::Relaxed)
    }

    fn next_value(&self) -> u64 {
        self.shared.next_value.fetch_add(1, Ordering::Relaxed)
    }

    /// One that is always registered.
    fn pick_device(&mut self) -> Device {
        let devices = self.shared.devices.lock();
        self.random.pick(&devices[..DEVICES as usize]).clone()
    }

    /// One that may be gone at the moment.
    fn pick_guest(&mut self) -> Device {
        let devices = self.shared.devices.lock();
        self.random.pick(&devices[DEVICES as usize..]).clone()
    }

    /// Any.
    fn pick_any(&mut self) -> Device {
        let devices = self.shared.devices.lock();
        self.random.pick(&devices).clone()
    }

    /// Does nothing for up to `longest` milliseconds.
    async fn idle(&mut self, longest: u64) {
        let time = self.random.between(0, longest);
        tokio::time::sleep(Duration::from_millis(time)).await;
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.shared.ended.fetch_add(1, Ordering::Relaxed);
    }
}

// === impl Device ===

impl Device {
    /// What it is registered as.
    fn draft(&self) -> IdentityDraft {
        let keys = SymmetricKeys {
            primary: self.key.clone(),
            secondary: self.key.clone(),
        };
        IdentityDraft {
            authentication: Some(Authentication::Sas(keys)),
            ..IdentityDraft::new(self.identity.clone())
        }
    }

    /// A token that no run outlives, whatever its clocks do.
    fn token(&self) -> String {
        let never = Timestamp::from_secs(4_000_000_000);
        roost_mqtt::azure::password(HUB, &self.identity, &self.key, never)
    }
}
