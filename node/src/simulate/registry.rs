//! The identities of the simulated devices.

use futures::{StreamExt, TryStreamExt, stream};
use roost_model::{DeviceId, Identity, SymmetricKey};

use super::{Plan, SimulationError, progress};
use crate::service::{DeviceDraft, KeyKind, ServiceClient};

/// Calls to the registry that run at the same time.
const AT_ONCE: usize = 16;

/// Creates the devices of the plan, or looks up those that exist; their keys, in order.
pub(super) async fn prepare(
    service: &ServiceClient,
    plan: &Plan,
) -> Result<Vec<(DeviceId, SymmetricKey)>, SimulationError> {
    let ids = names(plan)?;
    let bar = progress::counting("devices", ids.len());
    let prepared = stream::iter(ids)
        .map(|id| credential(service, id))
        .buffered(AT_ONCE)
        .inspect(|_| bar.inc(1))
        .try_collect()
        .await;
    bar.finish_and_clear();
    prepared
}

/// Deletes the devices.
pub(super) async fn clean_up(
    service: &ServiceClient,
    ids: Vec<DeviceId>,
) -> Result<(), SimulationError> {
    let bar = progress::counting("deleting", ids.len());
    let deleted = stream::iter(&ids)
        .map(|id| service.delete_device(id))
        .buffer_unordered(AT_ONCE)
        .inspect(|_| bar.inc(1))
        .try_collect::<Vec<()>>()
        .await;
    bar.finish_and_clear();
    deleted?;
    Ok(())
}

fn names(plan: &Plan) -> Result<Vec<DeviceId>, SimulationError> {
    (1..=plan.devices)
        .map(|number| {
            let name = format!("{}{number:04}", plan.prefix);
            DeviceId::parse(&name).map_err(|source| SimulationError::Name { name, source })
        })
        .collect()
}

async fn credential(
    service: &ServiceClient,
    id: DeviceId,
) -> Result<(DeviceId, SymmetricKey), SimulationError> {
    let draft = DeviceDraft {
        device_id: id.to_string(),
        status: "enabled",
        ..DeviceDraft::default()
    };
    let device = match service.create_device(&draft).await {
        Err(error) if error.is_conflict() => {
            service.identity(&Identity::device(id.clone())).await?
        }
        created => created?,
    };
    match device.key(KeyKind::Primary) {
        Ok(Some(key)) => Ok((id, key)),
        Ok(None) | Err(_) => Err(SimulationError::NoKey(id)),
    }
}
