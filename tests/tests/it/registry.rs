//! The registry over HTTPS, beyond what the SDK's stories tell: limits, errors, and other nodes.

mod bulk;
mod connection;
mod keys;
mod scopes;
mod transfer;

use reqwest::{Method, RequestBuilder};
use serde_json::Value;

use crate::fixture::owner;

/// A request with a JSON body to the node with this index.
fn ask(index: usize, method: Method, path: &str, body: &Value) -> RequestBuilder {
    owner(index).authorized(method, path).json(body)
}

/// Status and document of an answer.
async fn answer(request: RequestBuilder) -> (u16, Value) {
    let answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    (status, answer.json().await.unwrap_or_default())
}
