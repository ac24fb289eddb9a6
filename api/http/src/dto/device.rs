use roost_actors::client::IdentityView;
use serde::Serialize;
use utoipa::ToSchema;

use super::{AuthenticationDocument, Capabilities};

/// A device in the registry. Source: IoT Hub developer guide, identity registry, "Device identity
/// properties".
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Device)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DeviceDocument {
    device_id: String,
    /// Differs after a device is deleted and made again.
    generation_id: String,
    /// Changes with each update; the header `ETag` has it in quotes.
    pub(crate) etag: String,
    /// `Connected` or `Disconnected`.
    connection_state: &'static str,
    /// `enabled` or `disabled`.
    status: &'static str,
    status_reason: Option<String>,
    connection_state_updated_time: String,
    status_updated_time: String,
    last_activity_time: String,
    cloud_to_device_message_count: u32,
    authentication: AuthenticationDocument,
    capabilities: Capabilities,
    #[serde(skip_serializing_if = "Option::is_none")]
    device_scope: Option<String>,
    parent_scopes: Vec<String>,
}

impl From<&IdentityView> for DeviceDocument {
    fn from(view: &IdentityView) -> Self {
        let record = &view.record;
        DeviceDocument {
            device_id: record.identity.device.to_string(),
            generation_id: record.generation.to_string(),
            etag: record.etag.to_string(),
            connection_state: connection_state(view.connected),
            status: record.status.name(),
            status_reason: record.status_reason.clone(),
            connection_state_updated_time: record.connection_state_updated_at.to_iso(),
            status_updated_time: record.status_updated_at.to_iso(),
            last_activity_time: record.last_activity_at.to_iso(),
            cloud_to_device_message_count: view.cloud_to_device_message_count,
            authentication: AuthenticationDocument::from(&record.authentication),
            capabilities: Capabilities {
                iot_edge: record.iot_edge,
            },
            device_scope: record.device_scope.clone(),
            parent_scopes: record.parent_scopes.clone(),
        }
    }
}

pub(super) fn connection_state(connected: bool) -> &'static str {
    if connected {
        "Connected"
    } else {
        "Disconnected"
    }
}
