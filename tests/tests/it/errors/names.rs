//! Clients that mean another hub.

use reqwest::Method;
use roost_chaos::harness::until;
use roost_model::ErrorCode;

use crate::fixture::{
    Connect, NOT_AUTHORIZED, SOON, Snapshot, TestDevice, ask, cluster, node, owner, refused,
};

#[tokio::test]
async fn a_device_that_names_another_hub_is_told_that_there_is_none() {
    let device = TestDevice::create("errors-hub").await;
    let before = Snapshot::of(&device).await;
    let code = ErrorCode::IotHubNotFound;
    let path = "/devices/errors-hub/messages/events";
    let post = owner(1).request(Method::POST, path);
    let post = post.header("Authorization", device.credential.token());
    let post = post.header("Host", "elsewhere.example.com").body("x");
    refused("over HTTPS", post, code).await;

    // MQTT has no room for more than a number; the rest is in the log.
    let packet = device.connect_packet();
    let host = device.credential.host.as_str();
    let username = packet.username.as_ref().unwrap();
    let connect = Connect {
        username: Some(username.replace(host, "elsewhere.example.com")),
        ..packet
    };
    assert_eq!(ask(node(1), &connect).1, Some(NOT_AUTHORIZED));
    let told = until("a line in the log", SOON, async || {
        let log = cluster().node_log(node(1).id);
        let told = log.lines().any(|line| {
            line.contains("errors-hub")
                && line.contains("no hub named")
                && line.contains("elsewhere")
        });
        if told { Ok(()) } else { Err("it is not told") }
    });
    told.await.unwrap();
    before.assert_unchanged().await;
}
