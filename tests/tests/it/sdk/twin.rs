use super::method::service_string;
use super::python;
use crate::fixture::{Places, TestDevice, file, node};

/// The SDKs share twins, with device, leader and back end on three nodes.
async fn story(name: &str, websockets: bool) {
    let device = TestDevice::create(name).await;
    let places = Places::apart(&device).await;
    let gateway = node(places.device).address;
    let device_string = device.credential.connection_string();
    let mut arguments = vec![
        "--device".to_owned(),
        format!("{device_string};GatewayHostName={gateway}"),
        "--service".to_owned(),
        service_string(places.service),
        "--ca".to_owned(),
        file().ca.display().to_string(),
    ];
    if websockets {
        arguments.push("--websockets".to_owned());
    }
    let told = python::run("twin.py", &arguments).await.unwrap();
    println!("{name}: {}", told.trim());
}

#[tokio::test]
async fn twins_over_mqtt() {
    story("sdk-twin-mqtt", false).await;
}

#[tokio::test]
async fn twins_over_web_sockets() {
    story("sdk-twin-ws", true).await;
}
