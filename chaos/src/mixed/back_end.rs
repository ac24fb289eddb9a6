//! A back end that asks all nodes in turn.

use std::sync::Arc;

use reqwest::{RequestBuilder, Response};
use roost_model::DeviceId;
use serde_json::Value;

use super::journal::{NOT_SENT, Outcome};
use super::ledger::Seen;
use crate::harness::ServiceClient;

#[derive(Debug, Clone)]
pub(super) struct BackEnd {
    nodes: Arc<[ServiceClient]>,
    turn: usize,
}

/// An answer of success.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    /// Without its quotes.
    pub(super) etag: String,
    /// Null when there is none.
    pub(super) body: Value,
}

impl BackEnd {
    /// The first request goes to the node behind `turn`.
    pub(super) fn new(nodes: Arc<[ServiceClient]>, turn: usize) -> Self {
        Self { nodes, turn }
    }

    /// Sends a request once, to the next node.
    pub(super) async fn ask(
        &mut self,
        request: impl FnOnce(&ServiceClient) -> RequestBuilder,
    ) -> Outcome<Answer> {
        self.turn += 1;
        let node = &self.nodes[self.turn % self.nodes.len()];
        match request(node).send().await {
            Ok(answer) => outcome(answer).await,
            Err(error) if error.is_connect() => Outcome::Refused(NOT_SENT.to_owned()),
            Err(error) => Outcome::Unknown(format!("{error:?}")),
        }
    }
}

async fn outcome(answer: Response) -> Outcome<Answer> {
    let status = answer.status();
    let header = |name: &str| {
        let value = answer
            .headers()
            .get(name)
            .and_then(|value| value.to_str().ok());
        value.unwrap_or_default().trim_matches('"').to_owned()
    };
    let (etag, error) = (header("ETag"), header("iothub-errorcode"));
    let body = match answer.bytes().await {
        Ok(body) => body,
        // The status has come: it was done, or was not.
        Err(error) => return Outcome::Unknown(format!("{error:?}")),
    };
    if status.is_success() {
        let body = serde_json::from_slice(&body).unwrap_or_default();
        let status = status.as_u16();
        return Outcome::Acked(Answer { status, etag, body });
    }
    let text = format!("{} {error}", status.as_u16());
    match status.is_client_error() {
        true => Outcome::Refused(text),
        false => Outcome::Unknown(text),
    }
}

impl<A> Outcome<A> {
    /// With what matters of the answer.
    pub(super) fn map<B>(self, read: impl FnOnce(A) -> B) -> Outcome<B> {
        match self {
            Outcome::Acked(answer) => Outcome::Acked(read(answer)),
            Outcome::Refused(why) => Outcome::Refused(why),
            Outcome::Unknown(why) => Outcome::Unknown(why),
        }
    }
}

impl Answer {
    /// What a twin's document says of its versions.
    pub(super) fn seen(&self) -> Seen {
        let number = |value: &Value| value.as_u64().unwrap_or_default();
        let properties = &self.body["properties"];
        Seen {
            version: self.body["version"].as_u64(),
            desired: number(&properties["desired"]["$version"]),
            reported: number(&properties["reported"]["$version"]),
        }
    }
}

/// Path of a device's twin. The ids of these devices need no escapes.
pub(super) fn twin_path(device: &DeviceId) -> String {
    format!("/twins/{device}")
}
