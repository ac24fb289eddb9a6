//! Every limit, at it and one past it: taken, and refused with the documented error and nothing changed.
//!
//! Limits of messages to devices are in `c2d/limits.rs`, of reported properties in `mqtt/twins.rs`, of
//! AMQP itself in `amqp/limits.rs`.

mod access;
mod groups;
mod identities;
mod indexes;
mod keys;
mod methods;
mod queries;
mod queues;
mod registry;
mod telemetry;
mod timeouts;
mod twins;

use reqwest::{Method, RequestBuilder};
use serde_json::Value;

use crate::fixture::owner;

/// A request of the hub's owner with a JSON body.
fn ask(method: Method, path: &str, body: &Value) -> RequestBuilder {
    owner(0).authorized(method, path).json(body)
}

/// The document of an answer that must be 2xx.
async fn taken(what: &str, request: RequestBuilder) -> Value {
    let answer = request.send().await.unwrap();
    let status = answer.status();
    let text = answer.text().await.unwrap();
    assert!(status.is_success(), "{what}: {status} {text}");
    serde_json::from_str(&text).unwrap_or_default()
}
