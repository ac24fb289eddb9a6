//! Short words for what the tests say.

use std::time::Duration;

use reqwest::{Method, Response};
use roost_chaos::harness::until;
use serde_json::Value;

use crate::fixture::{RawMqtt, SOON, TestDevice, assert_error, owner};

/// Sends a message to a device at the node with this index, whatever comes of it.
pub(crate) async fn send(
    at: usize,
    device: &str,
    headers: &[(&str, &str)],
    body: impl Into<reqwest::Body>,
) -> Response {
    let path = format!("/devices/{device}/messages/devicebound");
    let mut request = owner(at).authorized(Method::POST, &path).body(body);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.send().await.unwrap()
}

/// Sends a message that the hub must take; gives its number.
pub(crate) async fn enqueue(
    at: usize,
    device: &TestDevice,
    headers: &[(&str, &str)],
    body: &str,
) -> u64 {
    let answer = send(at, device.id.as_str(), headers, body.to_owned()).await;
    assert_eq!(answer.status(), 201, "{body}");
    let document: Value = answer.json().await.unwrap();
    document["sequenceNumber"].as_u64().unwrap()
}

/// A message that a device got over HTTPS.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) lock: String,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Received {
    pub(crate) fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.map_or("", |value| value.to_str().unwrap())
    }
}

/// What a device is told when it asks at the node with this index.
pub(crate) async fn ask(at: usize, device: &TestDevice, query: &str) -> Response {
    let path = format!("/devices/{}/messages/deviceBound{query}", device.id);
    let request = owner(at).request(Method::GET, &path);
    let request = request.header("Authorization", device.credential.token());
    request.send().await.unwrap()
}

/// The next message of a device; none when the hub says that there is none.
pub(crate) async fn receive(at: usize, device: &TestDevice, query: &str) -> Option<Received> {
    let answer = ask(at, device, query).await;
    if answer.status() == 204 {
        return None;
    }
    assert_eq!(answer.status(), 200);
    let headers = answer.headers().clone();
    let tag = headers.get("ETag").unwrap().to_str().unwrap();
    let lock = tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"'));
    Some(Received {
        lock: lock.expect("the tag is quoted").to_owned(),
        body: answer.bytes().await.unwrap().to_vec(),
        headers,
    })
}

/// Settles a message as its device; `end` is what follows the token in the path.
pub(crate) async fn settle(
    at: usize,
    device: &TestDevice,
    method: Method,
    lock: &str,
    end: &str,
) -> Response {
    let path = format!("/devices/{}/messages/devicebound/{lock}{end}", device.id);
    let request = owner(at).request(method, &path);
    let request = request.header("Authorization", device.credential.token());
    request.send().await.unwrap()
}

pub(crate) async fn complete(at: usize, device: &TestDevice, lock: &str) -> u16 {
    let answer = settle(at, device, Method::DELETE, lock, "?api-version=2019-10-01").await;
    answer.status().as_u16()
}

/// A refusal must name its code in the body and in the header.
pub(crate) async fn assert_refused(answer: Response, number: u64, name: &str) {
    let status = u16::try_from(number / 1000).unwrap();
    assert_error(name, answer, status, name, number).await;
}

/// The list `queue` or `deadletters` of a device.
pub(crate) async fn list(at: usize, device: &TestDevice, which: &str) -> Vec<Value> {
    let path = format!("/devices/{}/messages/{which}", device.id);
    owner(at).call(Method::GET, &path, None).await.unwrap()
}

/// The reasons of a device's dead letters, as soon as there are so many.
pub(crate) async fn dead_letters(device: &TestDevice, count: usize) -> Vec<String> {
    let found = until("dead letters", SOON, async || {
        let letters = list(1, device, "deadletters").await;
        let reasons = letters.iter().map(|letter| letter["reason"].as_str());
        let reasons: Vec<String> = reasons.map(|reason| reason.unwrap().to_owned()).collect();
        if reasons.len() == count {
            Ok(reasons)
        } else {
            Err(format!("{reasons:?}"))
        }
    });
    found.await.unwrap()
}

/// Waits until nothing waits for a device.
pub(crate) async fn wait_until_empty(device: &TestDevice) {
    let empty = until("an empty queue", SOON, async || {
        let document = owner(0)
            .device(&device.id)
            .await
            .map_err(|e| e.to_string())?;
        let count = &document["cloudToDeviceMessageCount"];
        if *count == 0 {
            Ok(())
        } else {
            Err(count.to_string())
        }
    });
    empty.await.unwrap();
}

/// A filter for the device's messages.
pub(crate) fn filter(device: &TestDevice) -> String {
    format!("devices/{}/messages/devicebound/#", device.id)
}

/// Waits on another thread for what the hub sends.
pub(crate) async fn blocking<T: Send + 'static>(
    connection: RawMqtt,
    work: impl FnOnce(&mut RawMqtt) -> T + Send + 'static,
) -> (RawMqtt, T) {
    tokio::task::spawn_blocking(move || {
        let mut connection = connection;
        let result = work(&mut connection);
        (connection, result)
    })
    .await
    .unwrap()
}

/// An expiry so far from now, as back ends write it.
pub(crate) fn expiry(after: Duration) -> String {
    roost_chaos::harness::from_now(after).to_iso()
}
