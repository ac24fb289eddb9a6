//! Proof that a healed cluster serves: every node, every device, reads and writes.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use parking_lot::Mutex;
use roost_edge::Departure;
use roost_model::{Event, Incarnation, NodeId};

use super::{Client, DEVICES, Device, Shared, registers, telemetry};
use crate::sim::history::{Call, Outcome, Register, Value};
use crate::sim::world::World;

/// One proof per node.
#[derive(Debug)]
pub(in crate::sim) struct Probes {
    shared: Arc<Shared>,
    /// The processes that were asked: a node that fails late is asked again.
    begun: BTreeMap<NodeId, Incarnation>,
    /// What each node has still to show.
    missing: Arc<Mutex<BTreeMap<NodeId, String>>>,
}

// === impl Probes ===

impl Probes {
    pub(super) fn new(shared: Arc<Shared>) -> Probes {
        Probes {
            shared,
            begun: BTreeMap::new(),
            missing: Arc::default(),
        }
    }

    /// Begins with nodes whose layers have started, and tells whether all have shown everything.
    pub(in crate::sim) fn are_over(&mut self, world: &World) -> bool {
        // A node that was removed has nothing to show.
        let there = |node: &NodeId| world.nodes.contains_key(node);
        self.missing.lock().retain(|node, _| there(node));
        for node in world.nodes.values() {
            let services = node.services();
            let incarnation = services.map(|services| services.system.cluster().incarnation());
            if incarnation.is_some() && self.begun.get(&node.id()).copied() == incarnation {
                continue;
            }
            let to_do = "to start".to_owned();
            self.missing.lock().insert(node.id(), to_do);
            if let (Some(services), Some(incarnation)) = (services, incarnation) {
                self.begun.insert(node.id(), incarnation);
                let client = Client::new(services.clone(), Arc::clone(&self.shared));
                node.spawn(show(client, Arc::clone(&self.missing)));
            }
        }
        self.missing.lock().is_empty()
    }

    /// What was not shown.
    pub(in crate::sim) fn missing(&self) -> String {
        let missing = self.missing.lock();
        let texts = missing
            .iter()
            .map(|(node, what)| format!("node {node} still has {what}"));
        texts.collect::<Vec<_>>().join(", ")
    }
}

async fn show(mut client: Client, missing: Arc<Mutex<BTreeMap<NodeId, String>>>) {
    let node = client.node();
    let devices = client.shared.devices.lock()[..DEVICES as usize].to_vec();
    for device in &devices {
        for register in [Register::Twin, Register::Identity] {
            let what = format!("to write the {register:?} of {}", device.name);
            missing.lock().insert(node, what);
            while registers::write(&client, register, device, None)
                .await
                .is_none()
            {
                client.idle(20).await;
            }
        }
        let what = format!("to store an event of {}", device.name);
        missing.lock().insert(node, what);
        while !send(&client, device).await {
            client.idle(20).await;
        }
    }
    missing.lock().remove(&node);
}

async fn send(client: &Client, device: &Device) -> bool {
    let Some(session) = telemetry::attach(client, device).await else {
        return false;
    };
    let number = client.next_value();
    let open = client.begin(Call::Send {
        device: device.name.clone(),
        epoch: session.epoch(),
        number,
    });
    let event = Event {
        body: Bytes::from(number.to_string()),
        ..Event::default()
    };
    let stored = match session.send(event).await {
        Ok(receipt) => receipt.await.is_ok(),
        Err(_) => false,
    };
    open.end(match stored {
        true => Outcome::Done(Value::Nothing),
        false => Outcome::Unknown,
    });
    session.detach(Departure::Clean).await;
    stored
}
