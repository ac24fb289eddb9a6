//! Back ends that read values and write others over them, with and without a look at the version, and
//! one that only reads: a write waits at a leader that was cut off, a read there must not be answered.

use std::time::Duration;

use roost_actors::client::TwinChange;
use roost_actors::{HubError, IdentityDraft};
use roost_model::twin::{Object, Patch, SectionChange, Value as Json, ValueRef};
use roost_model::{ETag, Precondition};

use super::{Client, Device};
use crate::sim::history::{Call, Outcome, Register, Value};

/// The property, and what a value looks like in free text.
const KEY: &str = "value";
/// How long a reader waits for an answer before it asks for another value.
const PATIENCE: Duration = Duration::from_millis(300);

/// Reads and writes one kind of register of any device.
pub(super) async fn run(mut client: Client, register: Register) {
    let mut seen: Option<(Device, u64)> = None;
    while !client.is_stopping() {
        seen = match seen.take() {
            Some((device, version)) if client.random.chance(60) => {
                write(&client, register, &device, Some(version)).await
            }
            _ if client.random.chance(30) => {
                let device = client.pick_device();
                write(&client, register, &device, None).await
            }
            _ => {
                let device = client.pick_device();
                read(&client, register, &device).await
            }
        };
        client.idle(200).await;
    }
}

/// Reads all registers of all devices, more often than anybody writes.
pub(super) async fn watch(mut client: Client) {
    while !client.is_stopping() {
        let register = *client.random.pick(&[Register::Twin, Register::Identity]);
        let device = client.pick_device();
        // A read at a node that was cut off takes until its deadline; the others do not wait for it.
        tokio::select! {
            _ = read(&client, register, &device) => {}
            () = tokio::time::sleep(PATIENCE) => {}
        }
        client.idle(60).await;
    }
}

async fn read(client: &Client, register: Register, device: &Device) -> Option<(Device, u64)> {
    let open = client.begin(Call::Read {
        register,
        device: device.name.clone(),
    });
    let hub = client.services.system.hub();
    let read = match register {
        Register::Twin => hub.twin(&device.identity).await.map(|view| of_twin(&view)),
        Register::Identity => {
            let read = hub.identity(&device.identity).await;
            read.map(|view| of_identity(&view.record))
        }
    };
    let version = read.as_ref().ok().map(|(version, _)| *version);
    open.end(Outcome::of(read.map(versioned)));
    version.map(|version| (device.clone(), version))
}

pub(super) async fn write(
    client: &Client,
    register: Register,
    device: &Device,
    expected: Option<u64>,
) -> Option<(Device, u64)> {
    let value = client.next_value();
    let open = client.begin(Call::Write {
        register,
        device: device.name.clone(),
        value,
        expected,
    });
    let precondition = expected.map_or(Precondition::None, |version| {
        Precondition::Matches(ETag(version))
    });
    let written = match register {
        Register::Twin => write_twin(client, device, value, precondition).await,
        Register::Identity => write_identity(client, device, value, precondition).await,
    };
    let version = written.as_ref().ok().map(|(version, _)| *version);
    open.end(Outcome::of(written.map(versioned)));
    version.map(|version| (device.clone(), version))
}

type Versioned = (u64, Option<u64>);

fn versioned((version, value): Versioned) -> Value {
    Value::Versioned { version, value }
}

async fn write_twin(
    client: &Client,
    device: &Device,
    value: u64,
    precondition: Precondition,
) -> Result<Versioned, HubError> {
    let hub = client.services.system.hub();
    let object = Object::from([(KEY, Json::Integer(value as i64))]);
    // A patch of one number breaks no rule.
    let patch = Patch::new(object, hub.limits()).ok();
    let change = TwinChange {
        precondition,
        replace: false,
        tags: None,
        desired: patch.map(SectionChange::Merge),
    };
    let view = hub.update_twin(&device.identity, change).await?;
    Ok(of_twin(&view))
}

async fn write_identity(
    client: &Client,
    device: &Device,
    value: u64,
    precondition: Precondition,
) -> Result<Versioned, HubError> {
    let hub = client.services.system.hub();
    let draft = IdentityDraft {
        status_reason: Some(value.to_string()),
        ..IdentityDraft::new(device.identity.clone())
    };
    let view = hub.update_identity(draft, precondition).await?;
    Ok(of_identity(&view.record))
}

fn of_twin(view: &roost_actors::client::TwinView) -> Versioned {
    let twin = view.twin.view();
    let value = match twin.desired.get(KEY) {
        Some(ValueRef::Integer(value)) => u64::try_from(value).ok(),
        _ => None,
    };
    (twin.etag.0, value)
}

fn of_identity(record: &roost_model::IdentityRecord) -> Versioned {
    let value = record.status_reason.as_deref();
    (record.etag.0, value.and_then(|text| text.parse().ok()))
}
