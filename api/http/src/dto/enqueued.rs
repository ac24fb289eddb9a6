use roost_actors::client::EnqueuedMessage;
use serde::Serialize;
use utoipa::ToSchema;

/// A message that was stored for a device.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EnqueuedMessage)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EnqueuedDocument {
    /// Unique among the messages of the device.
    sequence_number: u64,
    enqueued_time_utc: String,
    expiry_time_utc: String,
    /// Messages that wait for the device, this one included.
    waiting: u32,
}

impl From<&EnqueuedMessage> for EnqueuedDocument {
    fn from(enqueued: &EnqueuedMessage) -> Self {
        EnqueuedDocument {
            sequence_number: enqueued.sequence,
            enqueued_time_utc: enqueued.enqueued_at.to_iso(),
            expiry_time_utc: enqueued.expires_at.to_iso(),
            waiting: enqueued.waiting,
        }
    }
}
