use std::collections::BTreeMap;

use anyhow::Context;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

/// One event as the service API tells it.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    pub sequence_number: u64,
    pub offset: String,
    pub enqueued_time_utc: String,
    pub partition: u16,
    pub system_properties: BTreeMap<String, String>,
    pub properties: BTreeMap<String, Option<String>>,
    body: String,
}

/// Some events of one partition.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EventPage {
    pub events: Vec<Event>,
    /// Where to read on.
    pub next_sequence_number: u64,
}

impl Event {
    /// The device that sent it.
    pub fn device(&self) -> &str {
        self.system("iothub-connection-device-id")
            .unwrap_or_default()
    }

    /// Whether a device sent it, and not the hub itself.
    pub fn is_telemetry(&self) -> bool {
        self.system("iothub-message-source") == Some("Telemetry")
    }

    /// A system property, by its name on the Event Hubs side.
    pub fn system(&self, name: &str) -> Option<&str> {
        self.system_properties.get(name).map(String::as_str)
    }

    /// An application property that has a value.
    pub fn property(&self, name: &str) -> Option<&str> {
        self.properties.get(name)?.as_deref()
    }

    /// The payload.
    ///
    /// # Errors
    /// The service sent something that is not base64.
    pub fn body(&self) -> anyhow::Result<Vec<u8>> {
        STANDARD
            .decode(&self.body)
            .context("the body of an event is not base64")
    }
}
