use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use roost_actors::client::{KeptLetter, WaitingMessage};
use roost_model::{Event, QueuedMessage};
use serde::Serialize;
use utoipa::ToSchema;

/// A message that waits for a device, or that the device holds.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WaitingMessage)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WaitingMessageDocument {
    /// Until when a receiver holds it, if one does; the time may be past.
    locked_until_utc: Option<String>,
    #[serde(flatten)]
    message: MessageDocument,
}

/// A message that was given up.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DeadLetter)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DeadLetterDocument {
    /// `Expired`, `DeliveryCountExceeded` or `Rejected`.
    reason: &'static str,
    dead_lettered_time_utc: String,
    #[serde(flatten)]
    message: MessageDocument,
}

/// A message to a device, as somebody who only looks sees it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DeviceMessage)]
#[serde(rename_all = "camelCase")]
struct MessageDocument {
    sequence_number: u64,
    enqueued_time_utc: String,
    expiry_time_utc: String,
    /// How often it was abandoned.
    delivery_count: u8,
    /// `none`, `positive`, `negative` or `full`.
    ack: &'static str,
    /// By the names that events have, such as `message-id`.
    system_properties: BTreeMap<&'static str, String>,
    properties: BTreeMap<String, Option<String>>,
    /// Base64.
    body: String,
    /// The body as text, when it is UTF-8.
    #[serde(skip_serializing_if = "Option::is_none")]
    body_text: Option<String>,
}

impl MessageDocument {
    fn new(sequence: u64, message: &QueuedMessage, content: &Event) -> Self {
        let system = content.system.iter();
        MessageDocument {
            sequence_number: sequence,
            enqueued_time_utc: message.enqueued_at.to_iso(),
            expiry_time_utc: message.expires_at.to_iso(),
            delivery_count: message.delivery_count,
            ack: message.acknowledge.name(),
            system_properties: system
                .map(|(property, value)| (property.name(), value.clone()))
                .collect(),
            properties: content.properties.iter().cloned().collect(),
            body: STANDARD.encode(&content.body),
            body_text: std::str::from_utf8(&content.body).ok().map(str::to_owned),
        }
    }
}

impl From<&WaitingMessage> for WaitingMessageDocument {
    fn from(waiting: &WaitingMessage) -> Self {
        let lock = waiting.message.lock;
        WaitingMessageDocument {
            locked_until_utc: lock.map(|lock| lock.until.to_iso()),
            message: MessageDocument::new(waiting.sequence, &waiting.message, &waiting.content),
        }
    }
}

impl From<&KeptLetter> for DeadLetterDocument {
    fn from(kept: &KeptLetter) -> Self {
        let letter = &kept.letter;
        DeadLetterDocument {
            reason: letter.reason.status().name(),
            dead_lettered_time_utc: letter.at.to_iso(),
            message: MessageDocument::new(kept.sequence, &letter.message, &kept.content),
        }
    }
}
