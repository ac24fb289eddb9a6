//! Direct methods: their names, payloads and times. How many wait for a device is in `mqtt/methods.rs`.

use reqwest::{Method, RequestBuilder};
use roost_model::limits::{
    MAX_METHOD_NAME_CHARS, MAX_METHOD_TIMEOUT_SECONDS, MIN_METHOD_RESPONSE_SECONDS,
};
use roost_model::{ErrorCode, Limits};
use serde_json::{Value, json};

use super::{ask, taken};
use crate::fixture::{TestDevice, node, refused};
use crate::mqtt::methods::{REQUESTS, request, respond};

fn call(device: &TestDevice, body: &Value) -> RequestBuilder {
    let path = format!("/twins/{}/methods", device.id);
    ask(Method::POST, &path, body)
}

/// JSON of so many bytes.
fn json_of(bytes: usize) -> String {
    format!("\"{}\"", "x".repeat(bytes - 2))
}

#[tokio::test]
async fn names_payloads_and_answers_go_up_to_their_limits() {
    let device = TestDevice::create("limits-method").await;
    let most = Limits::default().max_method_payload_bytes;
    let mut connection = device.attach(node(1));
    assert_eq!(connection.subscribed(&[REQUESTS]), [0]);
    let name = "m".repeat(MAX_METHOD_NAME_CHARS);
    let payload: Value = serde_json::from_str(&json_of(most)).unwrap();
    let body = json!({
        "methodName": name,
        "payload": payload,
        "responseTimeoutInSeconds": MAX_METHOD_TIMEOUT_SECONDS,
    });
    let called = tokio::spawn(call(&device, &body).send());
    let mut connection = tokio::task::spawn_blocking(move || {
        let (rid, sent) = request(&mut connection, &name);
        assert_eq!(sent.len(), most);
        respond(&mut connection, 200, &rid, &json_of(most));
        connection
    })
    .await
    .unwrap();
    let answer: Value = called.await.unwrap().unwrap().json().await.unwrap();
    assert_eq!(answer, json!({ "status": 200, "payload": payload }));

    println!("one past each");
    let longer = json!({ "methodName": "m".repeat(MAX_METHOD_NAME_CHARS + 1) });
    refused(
        "its name",
        call(&device, &longer),
        ErrorCode::ArgumentInvalid,
    )
    .await;
    let larger: Value = serde_json::from_str(&json_of(most + 1)).unwrap();
    let larger = json!({ "methodName": "m", "payload": larger });
    refused(
        "its payload",
        call(&device, &larger),
        ErrorCode::MessageTooLarge,
    )
    .await;
    let body = json!({ "methodName": "m" });
    let called = tokio::spawn(call(&device, &body).send());
    tokio::task::spawn_blocking(move || {
        let (rid, _) = request(&mut connection, "m");
        respond(&mut connection, 200, &rid, &json_of(most + 1));
        connection
    })
    .await
    .unwrap();
    let answer = called.await.unwrap().unwrap();
    crate::fixture::assert_refusal("its answer", answer, ErrorCode::GenericBadGateway).await;
}

#[tokio::test]
async fn a_caller_waits_as_long_as_it_may_and_no_longer() {
    let device = TestDevice::create("limits-method-times").await;
    let body = |name: &str, seconds: u32| json!({ "methodName": "m", name: seconds });
    let (response, connect) = ("responseTimeoutInSeconds", "connectTimeoutInSeconds");
    for seconds in [MIN_METHOD_RESPONSE_SECONDS, MAX_METHOD_TIMEOUT_SECONDS] {
        // It is taken, and nobody is there.
        let taken = call(&device, &body(response, seconds));
        refused(response, taken, ErrorCode::DeviceNotOnline).await;
    }
    for (name, seconds) in [
        (response, MIN_METHOD_RESPONSE_SECONDS - 1),
        (response, MAX_METHOD_TIMEOUT_SECONDS + 1),
        (connect, MAX_METHOD_TIMEOUT_SECONDS + 1),
    ] {
        let what = format!("{name} {seconds}");
        let past = call(&device, &body(name, seconds));
        refused(&what, past, ErrorCode::ArgumentInvalid).await;
    }
    // Nobody waits five minutes for a test: the device comes.
    let body = body(connect, MAX_METHOD_TIMEOUT_SECONDS);
    let waiting = call(&device, &body);
    let waiting = tokio::spawn(async move { taken(connect, waiting).await });
    let mut connection = device.attach(node(2));
    assert_eq!(connection.subscribed(&[REQUESTS]), [0]);
    let connection = tokio::task::spawn_blocking(move || {
        let (rid, _) = request(&mut connection, "m");
        respond(&mut connection, 200, &rid, "");
        connection
    });
    let _connection = connection.await.unwrap();
    assert_eq!(waiting.await.unwrap()["status"], 200);
}
