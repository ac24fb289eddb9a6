use reqwest::Method;
use serde_json::{Value, json};

use super::python;
use crate::c2d::back_end::{enqueue, wait_until_empty};
use crate::fixture::{Places, TestDevice, file, node, owner};

/// Messages that are sent while the device listens.
const LIVE: usize = 20;

/// The SDK's device, the partition's leader and the back end are on three nodes. One message waits
/// before the device comes; the others are sent when it has taken that one.
async fn story(name: &str, websockets: bool) {
    let device = TestDevice::create(name).await;
    let places = Places::apart(&device).await;
    send_with_everything(places.service, &device).await;

    let key = device.credential.connection_string();
    let address = node(places.device).address;
    let mut arguments = vec![
        "--connection-string".to_owned(),
        format!("{key};GatewayHostName={address}"),
        "--ca".into(),
        file().ca.display().to_string(),
        "--count".into(),
        (LIVE + 1).to_string(),
    ];
    if websockets {
        arguments.push("--websockets".to_owned());
    }
    let listening = python::run("c2d.py", &arguments);
    let sending = async {
        wait_until_empty(&device).await;
        for number in 0..LIVE {
            enqueue(places.service, &device, &[], &number.to_string()).await;
        }
    };
    let (told, ()) = tokio::join!(listening, sending);
    let told = told.unwrap();
    let messages: Vec<Value> = told
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();

    assert_eq!(messages.len(), LIVE + 1);
    check(&messages[0]);
    for (number, message) in messages[1..].iter().enumerate() {
        assert_eq!(message["body"], number.to_string());
    }
    wait_until_empty(&device).await;
}

/// A batch of one keeps the case of names.
async fn send_with_everything(at: usize, device: &TestDevice) {
    let path = format!("/devices/{}/messages/devicebound", device.id);
    let batch = json!([{
        "body": "{\"first\": true}",
        "base64Encoded": false,
        "properties": {
            "iothub-messageid": "id/1",
            "iothub-correlationid": "c & d",
            "iothub-userid": "u",
            "iothub-contenttype": "application/json",
            "iothub-contentencoding": "utf-8",
            "iothub-app-Color": "50% of ä, + and ?",
        },
    }]);
    let request = owner(at)
        .authorized(Method::POST, &path)
        .header("Content-Type", "application/vnd.microsoft.iothub.json")
        .header("iothub-ack", "full")
        .body(batch.to_string());
    assert_eq!(request.send().await.unwrap().status(), 201);
}

fn check(message: &Value) {
    assert_eq!(message["body"], "{\"first\": true}");
    assert_eq!(message["messageId"], "id/1");
    assert_eq!(message["correlationId"], "c & d");
    assert_eq!(message["userId"], "u");
    assert_eq!(message["contentType"], "application/json");
    assert_eq!(message["contentEncoding"], "utf-8");
    assert_eq!(message["ack"], "full");
    assert_eq!(message["properties"]["Color"], "50% of ä, + and ?");
}

#[tokio::test]
async fn the_device_sdk_receives_messages_over_mqtt() {
    story("sdk-c2d-mqtt", false).await;
}

#[tokio::test]
async fn the_device_sdk_receives_messages_over_web_sockets() {
    story("sdk-c2d-ws", true).await;
}
