use roost_model::Identity;
use serde::Serialize;
use utoipa::ToSchema;

/// What a purge did.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PurgeMessageQueueResult)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PurgeDocument {
    total_messages_purged: u64,
    device_id: String,
    module_id: Option<String>,
}

impl PurgeDocument {
    pub(crate) fn new(identity: &Identity, purged: u64) -> Self {
        PurgeDocument {
            total_messages_purged: purged,
            device_id: identity.device.to_string(),
            module_id: identity.module.as_ref().map(ToString::to_string),
        }
    }
}
