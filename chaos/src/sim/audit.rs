//! What a healed cluster says when it is asked for everything that it keeps.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::ensure;
use parking_lot::Mutex;
use roost_actors::{HubClient, ReadFrom};
use roost_model::{
    ConnectionEpoch, DeviceId, Identity, MessageSource, PartitionId, SequenceNumber,
};

use super::node::SimNode;
use super::workload::DEVICES;

const PAGE: usize = 500;

/// Everything that clients can ask for.
#[derive(Debug, Clone, Default)]
pub(super) struct Audit {
    /// Telemetry in the order of each partition's stream.
    pub(super) events: Vec<StoredEvent>,
    /// Numbers of the messages that wait, or were given up, by device.
    pub(super) messages: BTreeMap<String, Vec<u64>>,
}

/// An event of the workload.
#[derive(Debug, Clone)]
pub(super) struct StoredEvent {
    pub(super) device: String,
    pub(super) epoch: ConnectionEpoch,
    pub(super) number: u64,
}

/// Is filled when the answers are there.
pub(super) type Answer = Arc<Mutex<Option<Audit>>>;

/// Asks at this node; goes on trying.
pub(super) fn begin(node: &SimNode) -> Answer {
    let answer = Answer::default();
    if let Some(services) = node.services() {
        let (hub, filled) = (services.system.hub(), Arc::clone(&answer));
        node.spawn(async move {
            loop {
                match ask(&hub).await {
                    Ok(audit) => {
                        *filled.lock() = Some(audit);
                        return;
                    }
                    Err(error) => tracing::info!(%error, "the audit begins again"),
                }
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        });
    }
    answer
}

async fn ask(hub: &HubClient) -> anyhow::Result<Audit> {
    let mut audit = Audit::default();
    for partition in (0..hub.partition_count()).map(PartitionId) {
        let end = hub.partition_info(partition).await?.next_sequence;
        let mut from = SequenceNumber(0);
        while from < end {
            let begin = ReadFrom::Sequence(from);
            let page = hub
                .read_events(partition, begin, PAGE, Duration::ZERO)
                .await?;
            ensure!(page.next > from, "partition {partition} stops at {from}");
            from = page.next;
            for event in page.events {
                let record = &event.record;
                if record.source() == MessageSource::Telemetry {
                    audit.events.push(StoredEvent {
                        device: record.identity()?.device.as_str().to_owned(),
                        epoch: record.epoch(),
                        number: std::str::from_utf8(&record.event()?.body)?.parse()?,
                    });
                }
            }
        }
    }
    for device in 0..DEVICES {
        let name = format!("d{device}");
        let numbers = messages_of(hub, &name).await?;
        audit.messages.insert(name, numbers);
    }
    Ok(audit)
}

async fn messages_of(hub: &HubClient, name: &str) -> anyhow::Result<Vec<u64>> {
    let identity = Identity::device(DeviceId::parse(name)?);
    let mut numbers = Vec::new();
    let mut after = None;
    loop {
        let page = hub.waiting_messages(&identity, after, 100).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.sequence);
        for message in &page {
            numbers.push(std::str::from_utf8(&message.content.body)?.parse()?);
        }
    }
    for letter in hub.dead_letters(&identity, None, 100).await? {
        numbers.push(std::str::from_utf8(&letter.content.body)?.parse()?);
    }
    Ok(numbers)
}
