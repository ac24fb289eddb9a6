//! Kill the node that leads the most partitions, again and again, under load.
//!
//! ```text
//! devices, each at its home node ──► publish QoS 1, note every PUBACK ──────────────┐
//! nemesis: find the busiest node, kill -9, wait, start it again, wait until even    ├─► report
//! afterwards: read every partition, compare with what was acknowledged ─────────────┘
//! ```
//!
//! A device whose node dies waits for that node; see [`crate::load`].

mod hit;
mod nemesis;
mod plan;
mod report;
mod round;

pub use plan::Plan;
pub use report::Report;
pub use round::Round;

use anyhow::Context;
use roost_model::DeviceId;

use crate::harness::{DevCluster, DevFile, Patience, ServiceClient, Trust};
use crate::load::{Load, Publisher, audit};
use nemesis::Nemesis;

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

    let load = Load::start(publishers(plan, &file, &owner).await?);
    load.goes_on(Patience::seconds(30), |_| true).await?;

    let mut nemesis = Nemesis::new(cluster);
    let mut rounds = Vec::new();
    for number in 1..=plan.rounds {
        let hit = nemesis
            .round(&load)
            .await
            .with_context(|| format!("round {number}"))?;
        println!("round {number}: {hit}");
        rounds.push(hit);
    }
    let begin = load.begin();
    let journals = load.finish().await;
    let duration = begin.elapsed();

    let events = owner.everything().await?;
    drop(nemesis);
    let findings = audit(&journals, &events);
    Ok(Report::new(duration, &rounds, &journals, findings))
}

/// A publisher for every device; its home is the next node in turn.
async fn publishers(
    plan: &Plan,
    file: &DevFile,
    owner: &ServiceClient,
) -> anyhow::Result<Vec<Publisher>> {
    let trust = Trust::from_pem(&file.trust()?)?;
    let mut publishers = Vec::with_capacity(plan.devices);
    for number in 0..plan.devices {
        let device: DeviceId = format!("kill-{number:03}").parse()?;
        let credential = owner.create_device(&device).await?;
        let home = &file.nodes[number % file.nodes.len()];
        let node = [(home.id, home.mqtt_address())];
        publishers.push(Publisher::new(
            &credential,
            &trust,
            node,
            plan.window,
            plan.rate,
        ));
    }
    Ok(publishers)
}
