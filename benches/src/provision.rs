use std::sync::Arc;

use anyhow::Context;
use roost_chaos::harness::{DevFile, DeviceCredential, ServiceClient};
use roost_model::DeviceId;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// Calls to the registry that are under way at the same time.
const PARALLEL: usize = 32;

/// Credentials of these devices, which are created unless they exist; in the order of the names.
///
/// # Errors
/// A name is not a device id, or the registry cannot be used.
pub(crate) async fn devices(
    hub: &DevFile,
    names: impl Iterator<Item = String>,
) -> anyhow::Result<Vec<DeviceCredential>> {
    let clients = hub.nodes.iter().map(|node| ServiceClient::owner(hub, node));
    let clients: Vec<ServiceClient> = clients.collect::<Result<_, _>>()?;
    let permits = Arc::new(Semaphore::new(PARALLEL));
    let mut calls = JoinSet::new();
    for (number, name) in names.enumerate() {
        let device: DeviceId = name.parse().with_context(|| format!("device id {name}"))?;
        let client = clients[number % clients.len()].clone();
        let permits = Arc::clone(&permits);
        calls.spawn(async move {
            let _permit = permits.acquire().await?;
            Ok::<_, anyhow::Error>((number, client.obtain_device(&device).await?))
        });
    }
    let mut devices = Vec::with_capacity(calls.len());
    while let Some(device) = calls.join_next().await {
        devices.push(device??);
    }
    devices.sort_unstable_by_key(|(number, _)| *number);
    Ok(devices.into_iter().map(|(_, device)| device).collect())
}
