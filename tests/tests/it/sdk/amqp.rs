use reqwest::Method;
use roost_mqtt::client::QoS;
use serde_json::{Value, json};

use super::{node_js, python};
use crate::fixture::{FEEDBACK, Places, TestDevice, file, node, owner};

/// The device's connection string at the node with this index.
fn at(device: &TestDevice, index: usize) -> String {
    let string = device.credential.connection_string();
    at_host(&string, &node(index).address.to_string())
}

fn at_host(connection_string: &str, host: &str) -> String {
    let fields = connection_string.split(';').map(|field| {
        if field.starts_with("HostName=") {
            format!("HostName={host}")
        } else {
            field.to_owned()
        }
    });
    fields.collect::<Vec<_>>().join(";")
}

/// Device, leader and back end are on three nodes.
async fn device_story(name: &str, transport: &str) {
    let device = TestDevice::create(name).await;
    let places = Places::apart(&device).await;
    let arguments = [
        ("device", at(&device, places.device)),
        ("owner", file().connection_strings.iothubowner.clone()),
        ("service", node(places.service).address.to_string()),
        ("transport", transport.to_owned()),
        ("prefix", name.to_owned()),
    ];
    let arguments = arguments
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    node_js::run("device.js", &arguments).await.unwrap();
}

#[tokio::test]
async fn the_npm_device_sdk_does_all_of_it_over_amqp() {
    let _alone = FEEDBACK.lock().await;
    device_story("sdk-amqp", "plain").await;
}

#[tokio::test]
async fn the_npm_device_sdk_does_all_of_it_over_web_sockets() {
    let _alone = FEEDBACK.lock().await;
    device_story("sdk-amqp-ws", "web-sockets").await;
}

#[tokio::test]
async fn the_npm_event_hubs_client_reads_what_a_device_sends() {
    let device = TestDevice::create("sdk-eh-npm").await;
    for transport in ["plain", "web-sockets"] {
        let arguments = [
            ("device", at(&device, 1)),
            ("events", file().event_hub.clone()),
            ("transport", transport.to_owned()),
            ("prefix", format!("npm-{transport}")),
        ];
        let arguments = arguments
            .each_ref()
            .map(|(name, value)| (*name, value.as_str()));
        node_js::run("event_hubs.js", &arguments).await.unwrap();
    }
}

#[tokio::test]
async fn a_gateway_multiplexes_devices_and_each_stands_for_itself() {
    let mut devices = Vec::new();
    for number in 0..5 {
        let device = TestDevice::create(&format!("sdk-gateway-{number}")).await;
        devices.push(device.credential.connection_string());
    }
    let arguments = [
        ("devices", devices.join("|")),
        ("owner", file().connection_strings.iothubowner.clone()),
        ("host", node(2).address.to_string()),
    ];
    let arguments = arguments
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    node_js::run("gateway.js", &arguments).await.unwrap();
}

#[tokio::test]
async fn the_pypi_event_hubs_client_reads_on_where_it_was() {
    let device = TestDevice::create("sdk-eh-pypi").await;
    let arguments = [
        "--events".to_owned(),
        file().event_hub.clone(),
        "--device".into(),
        at(&device, 2),
        "--ca".into(),
        file().ca.display().to_string(),
        "--partition".into(),
        device.partition.to_string(),
    ];
    let told = python::run("event_hubs.py", &arguments).await.unwrap();
    assert_eq!(told.trim(), "ok");
}

/// A partition with something to read, and a consumer group that only this story reads for.
async fn stream_of(name: &str) -> TestDevice {
    let device = TestDevice::create(name).await;
    let client = device.client(node(0)).await.unwrap();
    let topic = device.topic();
    let stored = client.publish(&topic, b"something to read", QoS::AtLeastOnce);
    stored.await.unwrap().await.unwrap();
    client.disconnect().await;
    let group = format!("/messages/events/consumerGroups/{name}");
    let (owner, body) = (owner(0), json!({}));
    let made = owner.call::<Value>(Method::PUT, &group, Some(&body));
    made.await.unwrap();
    device
}

#[tokio::test]
async fn the_pypi_event_hubs_client_steals_a_partition_from_another_node_and_is_one_of_five() {
    let device = stream_of("sdk-owners-pypi").await;
    let mut arguments = vec![
        "--events".to_owned(),
        file().event_hub.clone(),
        "--group".into(),
        device.id.to_string(),
        "--ca".into(),
        file().ca.display().to_string(),
        "--partition".into(),
        device.partition.to_string(),
        "--hosts".into(),
    ];
    arguments.extend((0..3).map(|index| node(index).address.to_string()));
    let told = python::run("owners.py", &arguments).await.unwrap();
    assert_eq!(told.trim(), "ok");
}

#[tokio::test]
async fn the_npm_event_hubs_client_steals_a_partition_from_another_node() {
    let device = stream_of("sdk-owners-npm").await;
    let hosts = [0, 1, 2].map(|index| node(index).address.to_string());
    let arguments = [
        ("events", file().event_hub.clone()),
        ("hosts", hosts.join(" ")),
        ("group", device.id.to_string()),
        ("partition", device.partition.to_string()),
    ];
    let arguments = arguments
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    node_js::run("owners.js", &arguments).await.unwrap();
}

#[tokio::test]
async fn the_pypi_service_sdk_sends_messages_and_hears_of_them() {
    let _alone = FEEDBACK.lock().await;
    let device = TestDevice::create("sdk-c2d-pypi").await;
    let arguments = [
        "--service".to_owned(),
        file().connection_strings.service.clone(),
        "--device".into(),
        at(&device, 1),
        "--ca".into(),
        file().ca.display().to_string(),
    ];
    let told = python::run("commands.py", &arguments).await.unwrap();
    assert_eq!(told.trim(), "ok");
}
