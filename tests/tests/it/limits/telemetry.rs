//! Telemetry over HTTPS. Over MQTT it is in `mqtt/refused.rs`, over AMQP in `amqp/limits.rs`.

use reqwest::{Method, RequestBuilder};
use roost_model::{ErrorCode, Limits};
use serde_json::{Value, json};

use super::taken;
use crate::fixture::{Snapshot, TestDevice, owner, refused};

fn post(device: &TestDevice) -> RequestBuilder {
    let path = format!("/devices/{}/messages/events", device.id);
    owner(1)
        .request(Method::POST, &path)
        .header("Authorization", device.credential.token())
}

fn batch(device: &TestDevice, items: &[Value]) -> RequestBuilder {
    post(device)
        .header("Content-Type", "application/vnd.microsoft.iothub.json")
        .body(Value::from(items).to_string())
}

fn text(bytes: usize) -> Value {
    json!({ "body": "x".repeat(bytes), "base64Encoded": false })
}

#[tokio::test]
async fn a_message_is_as_large_as_it_may_be_and_not_a_byte_larger() {
    let device = TestDevice::create("limits-message").await;
    let most = Limits::default().max_message_bytes;
    // Names and values of properties count.
    let post = |bytes: usize| {
        post(&device)
            .header("iothub-app-ab", "cde")
            .body(vec![b'x'; bytes])
    };
    taken("the largest", post(most - 5)).await;
    let events = device.wait_for_events(1).await;
    assert_eq!(events[0].body().unwrap().len(), most - 5);
    let before = Snapshot::of(&device).await;
    let larger = post(most - 4);
    refused("a byte more", larger, ErrorCode::MessageTooLarge).await;
    before.assert_unchanged().await;
}

#[tokio::test]
async fn a_batch_has_as_many_messages_and_bytes_as_it_may_and_no_more() {
    let device = TestDevice::create("limits-batch").await;
    let limits = Limits::default();
    let (count, bytes) = (limits.max_batch_messages, limits.max_batch_bytes);
    let many = vec![text(1); count + 1];
    taken("as many", batch(&device, &many[..count])).await;
    let half = bytes / 2;
    taken("as much", batch(&device, &[text(half), text(bytes - half)])).await;
    device.wait_for_events(count + 2).await;
    let before = Snapshot::of(&device).await;
    let more = batch(&device, &many);
    refused("one more", more, ErrorCode::MessageTooLarge).await;
    let larger = batch(&device, &[text(half), text(bytes - half + 1)]);
    refused("a byte more", larger, ErrorCode::MessageTooLarge).await;
    before.assert_unchanged().await;
}
