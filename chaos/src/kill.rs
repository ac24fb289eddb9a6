//! Kill the node that leads the most partitions, again and again, under load.
//!
//! ```text
//! devices, each at its home node ──► publish QoS 1, note every PUBACK ──────────────┐
//! nemesis: find the busiest node, kill -9, wait, start it again, wait until even    ├─► report
//! afterwards: read every partition, compare with what was acknowledged ─────────────┘
//! ```
//!
//! A device whose node dies waits for that node and then sends again from the first message that was
//! not acknowledged. Such a message may be stored twice: once as the old connection sent it, once as
//! the new one did. Nothing else may be stored twice, and nothing acknowledged may be missing.

mod audit;
mod hit;
mod journal;
mod nemesis;
mod plan;
mod publisher;
mod report;
mod round;

pub use audit::Findings;
pub use plan::Plan;
pub use report::Report;
pub use round::{Round, Stalls};

use std::sync::Arc;

use anyhow::Context;
use roost_model::DeviceId;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::harness::{DevCluster, DevFile, Event, Patience, ServiceClient, Trust, until};
use journal::Journal;
use nemesis::Nemesis;
use publisher::{Progress, Publisher};

/// Runs the whole story on a cluster of its own.
///
/// # Errors
/// The cluster, the registry or the event stream cannot be used. A broken promise is not an error here
/// but stands in the report.
pub async fn run(plan: &Plan) -> anyhow::Result<Report> {
    let (folder, nodes, first) = (plan.folder.clone(), plan.nodes, plan.first_address);
    let cluster =
        tokio::task::spawn_blocking(move || DevCluster::start(&folder, nodes, first)).await??;
    let file = cluster.file().clone();
    let owner = ServiceClient::owner(&file, &file.nodes[0])?;

    let (stop, stopped) = watch::channel(false);
    let publishers = publishers(plan, &file, &owner, &stopped).await?;
    let progress: Vec<_> = publishers
        .iter()
        .map(|publisher| publisher.progress())
        .collect();
    let mut running = JoinSet::new();
    for publisher in publishers {
        running.spawn(publisher.run());
    }
    let begin = Instant::now();
    every_device_publishes(&progress).await?;

    let mut nemesis = Nemesis::new(cluster, progress, plan.window);
    let mut rounds = Vec::new();
    for number in 1..=plan.rounds {
        let hit = nemesis
            .round()
            .await
            .with_context(|| format!("round {number}"))?;
        println!("round {number}: {hit}");
        rounds.push(hit);
    }
    stop.send_replace(true);
    let journals = running.join_all().await;
    let load = begin.elapsed();

    let events = read_everything(&owner).await?;
    drop(nemesis);
    let findings = audit::audit(&journals, &events);
    Ok(Report::new(load, &rounds, &journals, findings))
}

/// A publisher for every device; its home is the next node in turn.
async fn publishers(
    plan: &Plan,
    file: &DevFile,
    owner: &ServiceClient,
    stopped: &watch::Receiver<bool>,
) -> anyhow::Result<Vec<Publisher>> {
    let trust = Trust::from_pem(&file.trust()?)?;
    let mut publishers = Vec::with_capacity(plan.devices);
    for number in 0..plan.devices {
        let device: DeviceId = format!("kill-{number:03}").parse()?;
        let credential = owner.create_device(&device).await?;
        let home = &file.nodes[number % file.nodes.len()];
        let mut options = trust.options(home.mqtt_address(), &credential);
        options.window = plan.window;
        let topic = credential.topic(&[]);
        let journal = Journal::new(device, home.id);
        let progress = Arc::new(Progress::default());
        let stopped = stopped.clone();
        let rate = plan.rate;
        publishers.push(Publisher::new(
            options, topic, rate, journal, progress, stopped,
        ));
    }
    Ok(publishers)
}

async fn every_device_publishes(progress: &[Arc<Progress>]) -> anyhow::Result<()> {
    until(
        "an acknowledgement for every device",
        Patience::seconds(30),
        async || match progress.iter().filter(|device| device.acked() == 0).count() {
            0 => Ok(()),
            silent => Err(format!("{silent} of {} have none", progress.len())),
        },
    )
    .await
}

async fn read_everything(owner: &ServiceClient) -> anyhow::Result<Vec<Event>> {
    let mut events = Vec::new();
    for partition in 0..owner.partition_count().await? {
        events.extend(owner.events(partition, 0).await?);
    }
    Ok(events)
}
