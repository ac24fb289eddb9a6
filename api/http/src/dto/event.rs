use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use roost_actors::client::StoredEvent;
use roost_model::{PartitionId, RecordError};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// One event as a back end reads it. The names of system properties are those of the Event Hubs
/// side (IoT Hub developer guide, "Read from the built-in endpoint").
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Event)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EventDocument {
    pub(crate) sequence_number: u64,
    /// The sequence number as text.
    offset: String,
    enqueued_time_utc: String,
    partition: u16,
    /// What the hub knows about the event; nothing in here but the message's own properties comes
    /// from the device.
    #[schema(value_type = std::collections::BTreeMap<String, String>)]
    system_properties: Map<String, Value>,
    /// What the application on the device added; a property without value is null.
    #[schema(value_type = std::collections::BTreeMap<String, Option<String>>)]
    properties: Map<String, Value>,
    /// Base64.
    body: String,
    /// The body as text, when it is UTF-8.
    #[serde(skip_serializing_if = "Option::is_none")]
    body_text: Option<String>,
}

impl EventDocument {
    pub(crate) fn new(partition: PartitionId, stored: &StoredEvent) -> Result<Self, RecordError> {
        let event = stored.record.event()?;
        let enqueued = stored.enqueued_at.to_iso();
        let properties = event
            .properties
            .into_iter()
            .map(|(name, value)| (name, value.map_or(Value::Null, Value::String)))
            .collect();
        let mut system: Map<String, Value> = event
            .system
            .into_iter()
            .map(|(property, value)| (property.name().to_owned(), Value::String(value)))
            .collect();
        // The hub's own come last: they replace whatever a device may have called the same.
        stamp(&mut system, stored, &enqueued)?;
        Ok(EventDocument {
            sequence_number: stored.sequence.get(),
            offset: stored.sequence.to_string(),
            enqueued_time_utc: enqueued,
            partition: partition.get(),
            system_properties: system,
            properties,
            body: STANDARD.encode(&event.body),
            body_text: std::str::from_utf8(&event.body).ok().map(str::to_owned),
        })
    }
}

/// The properties that only the hub can set.
fn stamp(
    system: &mut Map<String, Value>,
    stored: &StoredEvent,
    enqueued: &str,
) -> Result<(), RecordError> {
    let record = &stored.record;
    let identity = record.identity()?;
    let mut set = |name: &str, value: String| system.insert(name.to_owned(), Value::String(value));
    set("iothub-connection-device-id", identity.device.to_string());
    if let Some(module) = &identity.module {
        set("iothub-connection-module-id", module.to_string());
    }
    set(
        "iothub-connection-auth-method",
        record.auth().json().to_string(),
    );
    set(
        "iothub-connection-auth-generation-id",
        record.generation().to_string(),
    );
    set("iothub-enqueuedtime", enqueued.to_owned());
    set("iothub-message-source", record.source().name().to_string());
    Ok(())
}

#[cfg(test)]
mod tests;
