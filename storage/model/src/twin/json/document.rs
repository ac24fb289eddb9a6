//! The document that back ends read: the twin, and what the registry adds to it.

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::SectionJson;
use crate::identity::{Authentication, IdentityRecord, Status};
use crate::time::Timestamp;
use crate::twin::document::TwinRef;

/// `GET /twins/{id}`, a row of `SELECT * FROM devices`, the body of a lifecycle event.
///
/// Source: IoT Hub service API 2021-04-12, `Twin`.
#[derive(Debug, Clone, Copy)]
pub struct TwinDocument<'a> {
    pub twin: TwinRef<'a>,
    pub record: &'a IdentityRecord,
    /// Of the device: a module has no status of its own.
    pub status: Status,
    /// Whether a session is attached.
    pub connected: bool,
    /// The Plug and Play model that the device named when it connected.
    pub model_id: Option<&'a str>,
    /// Messages that wait in its queue.
    pub cloud_to_device_messages: u32,
}

impl Serialize for TwinDocument<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let record = self.record;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("deviceId", record.identity.device.as_str())?;
        if let Some(module) = &record.identity.module {
            map.serialize_entry("moduleId", module.as_str())?;
        }
        map.serialize_entry("etag", &self.twin.etag.to_string())?;
        map.serialize_entry("deviceEtag", &record.etag.to_string())?;
        map.serialize_entry("status", self.status.name())?;
        if let Some(reason) = &record.status_reason {
            map.serialize_entry("statusReason", reason)?;
        }
        map.serialize_entry("statusUpdateTime", &moment(record.status_updated_at))?;
        let state = if self.connected {
            "Connected"
        } else {
            "Disconnected"
        };
        map.serialize_entry("connectionState", state)?;
        map.serialize_entry("lastActivityTime", &moment(record.last_activity_at))?;
        map.serialize_entry("cloudToDeviceMessageCount", &self.cloud_to_device_messages)?;
        map.serialize_entry("authenticationType", record.authentication.type_name())?;
        map.serialize_entry("x509Thumbprint", &Thumbprints(&record.authentication))?;
        map.serialize_entry("modelId", self.model_id.unwrap_or_default())?;
        map.serialize_entry("version", &self.twin.version)?;
        map.serialize_entry("tags", &self.twin.tags)?;
        map.serialize_entry("properties", &Properties(&self.twin))?;
        map.serialize_entry("capabilities", &Capabilities(record.iot_edge))?;
        if let Some(scope) = &record.device_scope {
            map.serialize_entry("deviceScope", scope)?;
        }
        if !record.parent_scopes.is_empty() {
            map.serialize_entry("parentScopes", &record.parent_scopes)?;
        }
        map.end()
    }
}

/// Twins print "never" with a zone, identities without.
fn moment(at: Timestamp) -> String {
    if at.is_never() {
        super::NEVER.to_owned()
    } else {
        at.to_iso()
    }
}

struct Thumbprints<'a>(&'a Authentication);

impl Serialize for Thumbprints<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (primary, secondary) = match self.0 {
            Authentication::SelfSigned(known) => (&known.primary, &known.secondary),
            _ => (&None, &None),
        };
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("primaryThumbprint", primary)?;
        map.serialize_entry("secondaryThumbprint", secondary)?;
        map.end()
    }
}

struct Properties<'a>(&'a TwinRef<'a>);

impl Serialize for Properties<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let section = |object, version| SectionJson {
            object,
            version,
            metadata: true,
        };
        let twin = self.0;
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("desired", &section(twin.desired, twin.desired_version))?;
        map.serialize_entry("reported", &section(twin.reported, twin.reported_version))?;
        map.end()
    }
}

struct Capabilities(bool);

impl Serialize for Capabilities {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry("iotEdge", &self.0)?;
        map.end()
    }
}
