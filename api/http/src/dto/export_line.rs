use roost_actors::client::ExportedIdentity;
use roost_model::Twin;
use roost_model::twin::SectionJson;
use serde::ser::{Serialize, SerializeMap, Serializer};
use utoipa::ToSchema;

use super::{AuthenticationDocument, Capabilities};

/// A line of `devices.txt`. Source: IoT Hub developer guide, "Import and export device identities in
/// bulk".
#[derive(Debug, serde::Serialize, ToSchema)]
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
    #[serde(rename = "twinETag")]
    twin_etag: String,
    #[schema(value_type = serde_json::Value)]
    tags: TagsDocument,
    #[schema(value_type = serde_json::Value)]
    properties: PropertiesDocument,
}

/// The tags of a twin.
#[derive(Debug)]
struct TagsDocument(Twin);

/// The properties of a twin, with `$metadata` and `$version`.
#[derive(Debug)]
struct PropertiesDocument(Twin);

impl Serialize for TagsDocument {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.view().tags.serialize(serializer)
    }
}

impl Serialize for PropertiesDocument {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let twin = self.0.view();
        let section = |object, version| SectionJson {
            object,
            version,
            metadata: true,
        };
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("desired", &section(twin.desired, twin.desired_version))?;
        map.serialize_entry("reported", &section(twin.reported, twin.reported_version))?;
        map.end()
    }
}

impl ExportLine {
    pub(crate) fn new(exported: ExportedIdentity, exclude_keys: bool) -> Self {
        let record = exported.record;
        let module_id = record.identity.module.as_ref().map(ToString::to_string);
        ExportLine {
            twin_etag: exported.twin.view().etag.to_string(),
            tags: TagsDocument(exported.twin.clone()),
            properties: PropertiesDocument(exported.twin),
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
