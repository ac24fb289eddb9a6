use roost_actors::client::IdentityView;
use serde::Serialize;
use utoipa::ToSchema;

use super::AuthenticationDocument;
use super::device::connection_state;

/// A module of a device in the registry. It has no status of its own: disable its device.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Module)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ModuleDocument {
    module_id: String,
    /// Whose it is, for example `iotEdge`.
    managed_by: Option<String>,
    device_id: String,
    generation_id: String,
    pub(crate) etag: String,
    /// `Connected` or `Disconnected`.
    connection_state: &'static str,
    connection_state_updated_time: String,
    last_activity_time: String,
    cloud_to_device_message_count: u32,
    authentication: AuthenticationDocument,
}

impl From<&IdentityView> for ModuleDocument {
    fn from(view: &IdentityView) -> Self {
        let record = &view.record;
        let module = record.identity.module.as_ref();
        ModuleDocument {
            module_id: module.map(ToString::to_string).unwrap_or_default(),
            managed_by: record.managed_by.clone(),
            device_id: record.identity.device.to_string(),
            generation_id: record.generation.to_string(),
            etag: record.etag.to_string(),
            connection_state: connection_state(view.connected),
            connection_state_updated_time: record.connection_state_updated_at.to_iso(),
            last_activity_time: record.last_activity_at.to_iso(),
            cloud_to_device_message_count: view.cloud_to_device_message_count,
            authentication: AuthenticationDocument::from(&record.authentication),
        }
    }
}
