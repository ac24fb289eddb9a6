//! What a device reads of its twin.

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::SectionJson;
use crate::twin::document::TwinRef;

/// Desired and reported properties with their `$version`. No tags: they are the back end's own.
#[derive(Debug, Clone, Copy)]
pub struct DeviceTwin<'a>(pub TwinRef<'a>);

impl Serialize for DeviceTwin<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let section = |object, version| SectionJson {
            object,
            version,
            metadata: false,
        };
        let twin = &self.0;
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("desired", &section(twin.desired, twin.desired_version))?;
        map.serialize_entry("reported", &section(twin.reported, twin.reported_version))?;
        map.end()
    }
}
