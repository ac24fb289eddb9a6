//! A reader of all partitions while the nodes that lead them are killed.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::path::Path;
use std::time::Duration;

use roost_chaos::harness::{DevCluster, DevFile, Patience, ServiceClient, Trust, until};
use roost_model::DeviceId;
use roost_mqtt::client::{Client, QoS};

use super::python;

const FIRST_ADDRESS: Ipv4Addr = Ipv4Addr::new(127, 0, 12, 1);
const DEVICES: usize = 8;
const MESSAGES: usize = 150;
/// Between messages of a device, so that they last as long as both kills.
const PACE: Duration = Duration::from_millis(40);
const PATIENCE: Patience = Patience::seconds(60);

/// A device that is connected where no node is killed, and the topic of its telemetry.
async fn connect(file: &DevFile, owner: &ServiceClient, device: &DeviceId) -> (Client, String) {
    let home = file.nodes[0].mqtt_address();
    let credential = owner.create_device(device).await.unwrap();
    let trust = Trust::from_pem(&file.trust().unwrap()).unwrap();
    let client = Client::connect(trust.options(home, &credential));
    (client.await.unwrap(), credential.topic(&[]))
}

/// Publishes one message after the other, each when the last is acknowledged.
async fn publish(device: &DeviceId, (client, topic): &(Client, String)) {
    let mut pace = tokio::time::interval(PACE);
    for number in 0..MESSAGES {
        pace.tick().await;
        let body = format!("{device} {number}");
        let ack = client.publish(topic, body.as_bytes(), QoS::AtLeastOnce);
        ack.await.unwrap().await.unwrap();
    }
    client.disconnect().await;
}

/// Kills the nodes that the reader and the devices are not connected to, one after the other.
async fn kill(cluster: &mut DevCluster, owner: &ServiceClient) {
    for id in [2, 3] {
        cluster.kill(id).unwrap();
        leaders(owner, |leaders| {
            leaders
                .iter()
                .all(|leader| leader.is_some_and(|it| it != id))
        })
        .await;
        cluster.restart(id).unwrap();
        leaders(owner, |leaders| leaders.contains(&Some(id))).await;
    }
}

/// Waits until the leaders of the partitions are as they should be.
async fn leaders(owner: &ServiceClient, fine: impl Fn(&[Option<u64>]) -> bool) {
    let settled = until("leaders", PATIENCE, async || {
        let status = owner.cluster().await.map_err(|error| error.to_string())?;
        let leaders: Vec<_> = status.partitions.iter().map(|one| one.leader).collect();
        if fine(&leaders) {
            Ok(())
        } else {
            Err(format!("{leaders:?}"))
        }
    });
    settled.await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_pypi_event_hubs_client_misses_nothing_when_nodes_are_killed() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("readers");
    let start = move || DevCluster::start(&folder, 3, FIRST_ADDRESS);
    let mut cluster = tokio::task::spawn_blocking(start).await.unwrap().unwrap();
    let file = cluster.file().clone();
    let owner = ServiceClient::owner(&file, &file.nodes[0]).unwrap();
    let devices: Vec<DeviceId> = (0..DEVICES)
        .map(|number| format!("reader-{number}").parse().unwrap())
        .collect();
    let connecting = devices.iter().map(|device| connect(&file, &owner, device));
    let clients = futures::future::join_all(connecting).await;
    let arguments = [
        "--events".to_owned(),
        file.event_hub.clone(),
        "--ca".into(),
        file.ca.display().to_string(),
        "--count".into(),
        (DEVICES * MESSAGES).to_string(),
    ];
    let reading = python::run_with(&file.ca, "reader.py", &arguments);
    let publishing = async {
        let all = devices.iter().zip(&clients);
        let all = all.map(|(device, client)| publish(device, client));
        futures::future::join_all(all).await;
    };
    let (told, _, ()) = tokio::join!(reading, publishing, kill(&mut cluster, &owner));
    let told = told.unwrap();
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for line in told.lines() {
        let (_, body) = line.split_once('\t').unwrap();
        *seen.entry(body).or_default() += 1;
    }
    for device in &devices {
        for number in 0..MESSAGES {
            let body = format!("{device} {number}");
            assert_eq!(
                seen.get(body.as_str()),
                Some(&1),
                "{body}: no re-attach, no repetition"
            );
        }
    }
}
