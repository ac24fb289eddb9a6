//! Cloud-to-device messages over the REST API.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Method;
use roost_model::DeviceId;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::client::REQUEST_TIMEOUT;
use super::{ServiceClient, ServiceError};

/// A batch of one: it keeps the case of property names, which headers do not.
const BATCH: &str = "application/vnd.microsoft.iothub.json";

/// A message to be sent.
#[derive(Debug, Clone, Default)]
pub(crate) struct Draft {
    pub(crate) body: Vec<u8>,
    /// By the names of the headers: `iothub-messageid`, `iothub-app-<name>`.
    pub(crate) properties: Vec<(String, String)>,
    /// `none`, `positive`, `negative` or `full`.
    pub(crate) ack: Option<String>,
}

/// What the hub says about a message that it took.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Enqueued {
    pub(crate) sequence_number: u64,
    pub(crate) expiry_time_utc: String,
    pub(crate) waiting: u32,
}

/// What is left of a purge.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Purged {
    pub(crate) total_messages_purged: u64,
}

/// A batch of feedback that this caller holds.
#[derive(Debug, Clone)]
pub(crate) struct Feedback {
    pub(crate) lock: String,
    pub(crate) records: Vec<Value>,
}

impl ServiceClient {
    /// Sends a message to a device; durable when it returns.
    ///
    /// # Errors
    /// There is no such device, its queue is full, or the hub refuses otherwise.
    pub(crate) async fn send_message(
        &self,
        device: &DeviceId,
        draft: &Draft,
    ) -> Result<Enqueued, ServiceError> {
        let properties: Map<String, Value> = draft
            .properties
            .iter()
            .map(|(name, value)| (name.clone(), Value::from(value.as_str())))
            .collect();
        let item = json!([{ "body": STANDARD.encode(&draft.body), "properties": properties }]);
        let path = ["devices", device.as_str(), "messages", "devicebound"];
        let mut request = self
            .request(Method::POST, &path, &[])
            .header("Content-Type", BATCH)
            .timeout(REQUEST_TIMEOUT)
            .body(item.to_string());
        if let Some(ack) = &draft.ack {
            request = request.header("iothub-ack", ack);
        }
        self.send(request).await?.json().await
    }

    /// A page of the messages that wait for a device (`queue`), or of its dead letters
    /// (`deadletters`).
    ///
    /// # Errors
    /// There is no such device, or the hub refuses otherwise.
    pub(crate) async fn messages(
        &self,
        device: &DeviceId,
        which: &str,
        after: Option<u64>,
    ) -> Result<Vec<Value>, ServiceError> {
        let path = ["devices", device.as_str(), "messages", which];
        let after = after.map(|after| after.to_string());
        let query: Vec<_> = after
            .iter()
            .map(|after| ("after", after.as_str()))
            .collect();
        self.get(&path, &query).await?.json().await
    }

    /// Removes what waits for a device.
    ///
    /// # Errors
    /// There is no such device, or the hub refuses otherwise.
    pub(crate) async fn purge_messages(&self, device: &DeviceId) -> Result<Purged, ServiceError> {
        let path = ["devices", device.as_str(), "commands"];
        self.delete(&path).await?.json().await
    }

    /// Deletes one dead letter of a device, or all.
    ///
    /// # Errors
    /// There is no such device or dead letter, or the hub refuses otherwise.
    pub(crate) async fn delete_dead_letters(
        &self,
        device: &DeviceId,
        sequence: Option<u64>,
    ) -> Result<(), ServiceError> {
        let sequence = sequence.map(|sequence| sequence.to_string());
        let mut path = vec!["devices", device.as_str(), "messages", "deadletters"];
        path.extend(sequence.as_deref());
        self.delete(&path).await.map(drop)
    }

    /// Puts a dead letter back into its queue.
    ///
    /// # Errors
    /// There is no such device or dead letter, or the hub refuses otherwise.
    pub(crate) async fn resubmit_dead_letter(
        &self,
        device: &DeviceId,
        sequence: u64,
    ) -> Result<(), ServiceError> {
        let sequence = sequence.to_string();
        let path = [
            "devices",
            device.as_str(),
            "messages",
            "deadletters",
            &sequence,
            "resubmit",
        ];
        let request = self.request(Method::POST, &path, &[]);
        self.send(request.timeout(REQUEST_TIMEOUT)).await.map(drop)
    }

    /// The next batch of feedback; none when there is none.
    ///
    /// # Errors
    /// The hub refuses.
    pub(crate) async fn receive_feedback(&self) -> Result<Option<Feedback>, ServiceError> {
        let answer = self
            .get(&["messages", "serviceBound", "feedback"], &[])
            .await?;
        let Some(lock) = answer.header("etag") else {
            return Ok(None);
        };
        let lock = lock.trim_matches('"').to_owned();
        let records = answer.json().await?;
        Ok(Some(Feedback { lock, records }))
    }

    /// Is done with a batch of feedback.
    ///
    /// # Errors
    /// The lock has lapsed, or the hub refuses otherwise.
    pub(crate) async fn complete_feedback(&self, lock: &str) -> Result<(), ServiceError> {
        let path = ["messages", "serviceBound", "feedback", lock];
        self.delete(&path).await.map(drop)
    }
}
