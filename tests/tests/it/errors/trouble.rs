//! A hub that cannot do what it is asked, because its nodes do not hear of each other.

use futures::StreamExt;
use futures::future::join_all;
use futures::stream::FuturesUnordered;
use reqwest::{Method, Response};
use roost_chaos::harness::{Patience, ServiceClient, until};
use roost_model::ErrorCode;
use serde_json::json;

use crate::fixture::{ACCEPTED, OwnHub, TestDevice, assert_refusal, refused};

/// CONNACK: the server is unavailable (MQTT 3.1.1, 3.2.2.3).
const UNAVAILABLE: u8 = 3;
const RECOVERY: Patience = Patience::seconds(60);
/// More messages for one device at once than can be under way.
const BURST: usize = 500;

#[tokio::test]
async fn without_a_majority_the_hub_is_unavailable_and_afterwards_it_is_not() {
    let hub = OwnHub::start("trouble", 20, 3, &[]).await;
    let device = hub.device("before").await;
    let code = ErrorCode::ServiceUnavailable;

    println!("two nodes stand still");
    hub.pause(2);
    hub.pause(3);
    let during = || hub.request(Method::PUT, "/devices/during").json(&json!({}));
    let path = format!("/devices/{}", device.id);
    tokio::join!(
        refused("a new device", during(), code),
        refused("a known one", hub.request(Method::GET, &path), code),
        refused("a twin", hub.request(Method::GET, "/twins/before"), code),
        refused("a list", hub.request(Method::GET, "/devices"), code),
        refused(
            "a message",
            hub.request(Method::POST, &format!("{path}/messages/devicebound")),
            code
        ),
        refused(
            "a policy",
            hub.request(Method::PUT, "/admin/policies/during")
                .json(&json!({ "rights": "RegistryRead" })),
            code
        ),
    );
    let (_, connack) = hub.connack(1, &device);
    assert_eq!(connack, Some(UNAVAILABLE));

    println!("they go on");
    hub.resume(2);
    hub.resume(3);
    until_it_serves(&hub, &path).await;
    let attached = until("a device that comes in", RECOVERY, async || {
        match hub.connack(1, &device).1 {
            Some(ACCEPTED) => Ok(()),
            other => Err(format!("{other:?}")),
        }
    });
    attached.await.unwrap();
}

/// A device whose partition is led by node 1.
async fn device_at_home(hub: &OwnHub, attempt: u32) -> TestDevice {
    let status = hub.owner().cluster().await.unwrap();
    for number in 0..64 {
        let device = hub.device(&format!("busy-{attempt}-{number}")).await;
        let partition = status.partitions.iter().find(|p| p.id == device.partition);
        if partition.is_some_and(|partition| partition.leader == Some(1)) {
            return device;
        }
    }
    panic!("node 1 leads nothing: {status:?}");
}

/// Sends messages to a device side by side until one is refused with 503005; gives that answer.
async fn burst(owner: &ServiceClient, device: &TestDevice) -> Option<Response> {
    let path = format!("/devices/{}/messages/devicebound", device.id);
    let mut sent: FuturesUnordered<_> = (0..BURST)
        .map(|_| owner.authorized(Method::POST, &path).body("x").send())
        .collect();
    while let Some(answer) = sent.next().await {
        let is_busy = |answer: &Response| {
            let told = answer.headers().get("iothub-errorcode");
            told.is_some_and(|told| told == ErrorCode::ServerBusy.name())
        };
        if let Some(answer) = answer.ok().filter(is_busy) {
            return Some(answer);
        }
    }
    None
}

#[tokio::test]
async fn more_messages_for_one_device_at_once_than_can_be_under_way_are_answered_with_busy() {
    let settings = [("LIMITS__MAX_DEVICEBOUND_MESSAGES", "1000000")];
    let hub = OwnHub::start("busy", 24, 3, &settings).await;
    let owner = hub.owner();
    for attempt in 1.. {
        let device = device_at_home(&hub, attempt).await;
        // Connections for all of them.
        let path = format!("/devices/{}", device.id);
        let looks = (0..BURST).map(|_| owner.authorized(Method::GET, &path).send());
        join_all(looks).await;
        // Entries wait for a majority meanwhile, and the messages with them.
        hub.pause(2);
        hub.pause(3);
        let busy = burst(&owner, &device).await;
        hub.resume(2);
        hub.resume(3);
        until_it_serves(&hub, &path).await;
        if let Some(busy) = busy {
            assert_refusal("a burst", busy, ErrorCode::ServerBusy).await;
            return;
        }
        assert!(attempt < 10, "nobody was told that the hub is busy");
    }
}

async fn until_it_serves(hub: &OwnHub, path: &str) {
    let serves = until("a hub that serves", RECOVERY, async || {
        let answer = hub.request(Method::GET, path).send().await;
        let status = answer.map_err(|error| error.to_string())?.status();
        if status == 200 {
            Ok(())
        } else {
            Err(status.to_string())
        }
    });
    serves.await.unwrap();
}
