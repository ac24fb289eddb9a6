use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, anyhow, ensure};
use roost_chaos::harness::{DevFile, DeviceCredential, ServiceClient, Trust};
use roost_model::DeviceId;
use roost_mqtt::azure;
use roost_mqtt::client::{Client, QoS};
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use crate::options::Commands;
use crate::provision;
use crate::targets::Targets;

type Expected = Arc<Mutex<HashMap<u64, oneshot::Sender<()>>>>;

/// A connected device, and a back end that sends to it through another node.
#[derive(Debug, Clone)]
pub(super) struct Target {
    device: DeviceId,
    service: ServiceClient,
    expected: Expected,
    next: Arc<AtomicU64>,
    /// Keeps the connection open.
    _client: Client,
}

impl Target {
    /// # Errors
    /// The registry cannot be used, or a device cannot connect and subscribe.
    pub(super) async fn all(options: &Commands) -> anyhow::Result<Vec<Self>> {
        let folder = options.hub.parent().context("dev.json lies in a folder")?;
        let hub = DevFile::read(folder)?;
        let addresses = hub.nodes.iter().map(|node| node.mqtt_address()).collect();
        let targets = Targets::new(addresses).map_err(|error| anyhow!(error))?;
        let trust = Trust::from_pem(&hub.trust()?)?;
        let services: Vec<_> = hub
            .nodes
            .iter()
            .map(|node| ServiceClient::owner(&hub, node))
            .collect::<Result<_, _>>()?;
        let names = (0..options.devices).map(|number| format!("commands-{number}"));
        let devices = provision::devices(&hub, names).await?;
        let mut connecting = JoinSet::new();
        for (number, credential) in devices.into_iter().enumerate() {
            let connect = trust.options(targets.of(number), &credential);
            let service = services[(number + 1) % services.len()].clone();
            connecting.spawn(async move {
                let client = Client::connect(connect).await?;
                Self::listen(client, &credential, service).await
            });
        }
        let mut connected = Vec::with_capacity(connecting.len());
        while let Some(target) = connecting.join_next().await {
            connected.push(target??);
        }
        Ok(connected)
    }

    async fn listen(
        client: Client,
        credential: &DeviceCredential,
        service: ServiceClient,
    ) -> anyhow::Result<Self> {
        let filter = azure::devicebound_filter(&credential.identity);
        let granted = client.subscribe(&[(&filter, QoS::AtLeastOnce)]).await?;
        ensure!(granted == [Some(QoS::AtLeastOnce)], "{filter}: {granted:?}");
        let expected = Expected::default();
        let (reader, arrived) = (client.clone(), Arc::clone(&expected));
        tokio::spawn(async move {
            while let Some(message) = reader.next_message().await {
                let number = message
                    .payload
                    .first_chunk()
                    .map(|n| u64::from_be_bytes(*n));
                let waiting = number.and_then(|number| lock(&arrived).remove(&number));
                // A repetition finds nobody.
                if let Some(waiting) = waiting {
                    let _ = waiting.send(());
                }
            }
        });
        Ok(Self {
            device: credential.identity.device.clone(),
            service,
            expected,
            next: Arc::default(),
            _client: client,
        })
    }

    /// The number of the next message, and what resolves when the device has it.
    pub(super) fn expect(&self) -> (u64, oneshot::Receiver<()>) {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let (send, arrival) = oneshot::channel();
        lock(&self.expected).insert(number, send);
        (number, arrival)
    }

    pub(super) async fn send(&self, number: u64, size: usize) -> anyhow::Result<()> {
        let mut body = number.to_be_bytes().to_vec();
        // Not all the same byte: no layer may win by compressing.
        body.extend((8..size).map(|index| (index * 167 % 251) as u8));
        self.service
            .send_message(&self.device, &[], body)
            .await
            .map(drop)
    }

    pub(super) async fn waiting(&self) -> anyhow::Result<u64> {
        self.service.waiting_messages(&self.device).await
    }
}

fn lock(
    expected: &Mutex<HashMap<u64, oneshot::Sender<()>>>,
) -> std::sync::MutexGuard<'_, HashMap<u64, oneshot::Sender<()>>> {
    expected.lock().unwrap_or_else(PoisonError::into_inner)
}
