use roost_actors::client::ExportedIdentity;
use serde::Serialize;
use utoipa::ToSchema;

use super::{AuthenticationDocument, Capabilities};

/// A line of `devices.txt`. Source: IoT Hub developer guide, "Import and export device identities in
/// bulk".
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ExportedDevice)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ExportLine {
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    module_id: Option<String>,
    #[serde(rename = "eTag")]
    etag: String,
    status: &'static str,
    status_reason: Option<String>,
    /// With `excludeKeys`, keys and thumbprints are null.
    authentication: AuthenticationDocument,
    #[serde(skip_serializing_if = "Option::is_none")]
    capabilities: Option<Capabilities>,
    #[serde(skip_serializing_if = "Option::is_none")]
    device_scope: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    parent_scopes: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    managed_by: Option<String>,
}

impl ExportLine {
    pub(crate) fn new(exported: ExportedIdentity, exclude_keys: bool) -> Self {
        let record = exported.record;
        let module_id = record.identity.module.as_ref().map(ToString::to_string);
        ExportLine {
            id: record.identity.device.to_string(),
            etag: record.etag.to_string(),
            status: record.status.name(),
            status_reason: record.status_reason,
            authentication: if exclude_keys {
                AuthenticationDocument::without_secrets(&record.authentication)
            } else {
                AuthenticationDocument::from(&record.authentication)
            },
            capabilities: module_id.is_none().then_some(Capabilities {
                iot_edge: record.iot_edge,
            }),
            module_id,
            device_scope: record.device_scope,
            parent_scopes: record.parent_scopes,
            managed_by: record.managed_by,
        }
    }

    pub(crate) fn write_to(&self, out: &mut Vec<u8>) -> Result<(), serde_json::Error> {
        serde_json::to_writer(&mut *out, self)?;
        out.extend_from_slice(b"\r\n");
        Ok(())
    }
}
