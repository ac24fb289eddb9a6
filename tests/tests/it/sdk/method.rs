use super::python;
use crate::fixture::{Places, TestDevice, file, node};

/// The SDKs call and answer methods, with device, leader and back end on three nodes.
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
    let told = python::run("method.py", &arguments).await.unwrap();
    println!("{name}: {}", told.trim());
}

/// The owner's connection string, for one node.
pub(super) fn service_string(index: usize) -> String {
    let owner = &file().connection_strings.iothubowner;
    let address = node(index).address;
    let parts: Vec<_> = owner
        .split(';')
        .map(|part| match part.strip_prefix("HostName=") {
            Some(_) => format!("HostName={address}"),
            None => part.to_owned(),
        })
        .collect();
    parts.join(";")
}

#[tokio::test]
async fn methods_over_mqtt() {
    story("sdk-method-mqtt", false).await;
}

#[tokio::test]
async fn methods_over_web_sockets() {
    story("sdk-method-ws", true).await;
}
