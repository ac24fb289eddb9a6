//! Devices that speak HTTPS.

use std::time::Duration;

use reqwest::{Method, RequestBuilder};
use roost_chaos::harness::from_now;
use roost_model::{Limits, SymmetricKey};
use serde_json::{Value, json};

use crate::fixture::{Snapshot, TestDevice, owner};

const BATCH: &str = "application/vnd.microsoft.iothub.json";

/// `POST …/messages/events` as this device at the node with this index.
fn post(device: &TestDevice, index: usize) -> RequestBuilder {
    let path = format!(
        "/devices/{}/messages/events?api-version=2021-04-12",
        device.id
    );
    owner(index)
        .request(Method::POST, &path)
        .header("Authorization", device.credential.token())
}

#[tokio::test]
async fn a_message_is_stored_with_its_headers_whatever_node_takes_it() {
    let device = TestDevice::create("https-single").await;
    for index in 0..3 {
        let request = post(&device, index)
            .header("iothub-messageid", format!("m-{index}"))
            .header("iothub-correlationid", "c")
            .header("iothub-contenttype", "application/json")
            .header("iothub-contentencoding", "utf-8")
            .header("iothub-app-level", "7")
            .body(format!("{{\"at\": {index}}}"));
        assert_eq!(request.send().await.unwrap().status(), 204);
    }
    let events = device.events().await;
    assert_eq!(events.len(), 3);
    for (index, event) in events.iter().enumerate() {
        assert_eq!(
            event.system("message-id"),
            Some(format!("m-{index}").as_str())
        );
        assert_eq!(event.system("correlation-id"), Some("c"));
        assert_eq!(event.system("content-type"), Some("application/json"));
        assert_eq!(event.property("level"), Some("7"));
        assert_eq!(
            event.body().unwrap(),
            format!("{{\"at\": {index}}}").into_bytes()
        );
    }
}

#[tokio::test]
async fn a_batch_is_stored_whole_and_in_order() {
    let device = TestDevice::create("https-batch").await;
    let batch = json!([
        { "body": "Zmlyc3Q=", "properties": { "iothub-messageid": "1", "iothub-app-a": "b" } },
        { "body": "second", "base64Encoded": false },
        { "body": "dGhpcmQ=", "base64Encoded": true },
    ]);
    let request = post(&device, 1)
        .header("Content-Type", BATCH)
        .body(batch.to_string());
    assert_eq!(request.send().await.unwrap().status(), 204);
    let events = device.events().await;
    let bodies: Vec<Vec<u8>> = events.iter().map(|event| event.body().unwrap()).collect();
    assert_eq!(
        bodies,
        [b"first".to_vec(), b"second".to_vec(), b"third".to_vec()]
    );
    assert_eq!(events[0].system("message-id"), Some("1"));
    assert_eq!(events[0].property("a"), Some("b"));
}

#[tokio::test]
async fn what_a_device_may_not_send_is_refused_and_nothing_of_it_stored() {
    let device = TestDevice::create("https-refused").await;
    let before = Snapshot::of(&device).await;
    let limits = Limits::default();
    let batch = |items: Value| {
        post(&device, 0)
            .header("Content-Type", BATCH)
            .body(items.to_string())
    };
    let items = vec![json!({ "body": "eA==" }); limits.max_batch_messages + 1];
    let big = "x".repeat(limits.max_message_bytes / 2 + 1);
    let half = json!({ "body": big, "base64Encoded": false });
    let cases = [
        (
            "too large",
            post(&device, 0).body(vec![b'x'; limits.max_message_bytes + 1]),
            413,
        ),
        ("a batch that is too large", batch(json!([half, half])), 413),
        ("too many in a batch", batch(Value::Array(items)), 400),
        (
            "a batch that is no array",
            batch(json!({ "body": "eA==" })),
            400,
        ),
        (
            "a body that is not base64",
            batch(json!([{ "body": "?" }])),
            400,
        ),
        (
            "one bad item behind a good one",
            batch(json!([{ "body": "eA==" }, { "body": 7 }])),
            400,
        ),
        (
            "broken JSON",
            post(&device, 0).header("Content-Type", BATCH).body("[{"),
            400,
        ),
    ];
    for (what, request, status) in cases {
        let answer = request.send().await.unwrap();
        let found = answer.status().as_u16();
        let body = answer.text().await.unwrap();
        // The documentation gives 413 for a batch that is too long in messages or in bytes.
        assert!(
            found == status || (status == 400 && found == 413),
            "{what}: {found} {body}"
        );
    }
    before.assert_unchanged().await;
}

#[tokio::test]
async fn a_device_without_a_valid_token_is_refused() {
    let device = TestDevice::create("https-tokens").await;
    let other = TestDevice::create("https-tokens-other").await;
    let before = Snapshot::of(&device).await;
    let stranger =
        SymmetricKey::from_base64("c3RyYW5nZXItc3RyYW5nZXItc3RyYW5nZXItMDAwMDA=").unwrap();
    let hour = Duration::from_secs(3600);
    let expired = {
        let past = from_now(Duration::ZERO).saturating_sub(hour);
        let resource = device.credential.identity.resource();
        let resource = roost_model::encode_resource(&device.credential.host, &resource);
        roost_model::sign(&resource, &device.credential.key, past, None)
    };
    let path = "/devices/https-tokens/messages/events";
    let request = || owner(0).request(Method::POST, path).body("x");
    let cases = [
        ("no token", request()),
        (
            "another key",
            request().header("Authorization", device.password(&stranger, hour)),
        ),
        (
            "an expired token",
            request().header("Authorization", expired),
        ),
        (
            "another's token",
            request().header("Authorization", other.credential.token()),
        ),
    ];
    for (what, request) in cases {
        assert_eq!(request.send().await.unwrap().status(), 401, "{what}");
    }
    let nobody = "/devices/https-nobody/messages/events";
    let nobody = owner(0)
        .request(Method::POST, nobody)
        .header("Authorization", other.credential.token());
    let status = nobody.body("x").send().await.unwrap().status().as_u16();
    assert!(matches!(status, 401 | 404), "{status}");
    before.assert_unchanged().await;
}
