//! Twins as JSON.

use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

use super::patch::Patch;
use super::view::{ArrayRef, ObjectRef, Stamp, ValueRef};
use crate::time::Timestamp;

mod device;
mod document;
mod notice;

pub use device::DeviceTwin;
pub use document::TwinDocument;
pub use notice::{ChangeNotice, DesiredNotice};

/// How `$lastUpdated` says that a section was never written.
const NEVER: &str = "0001-01-01T00:00:00Z";

/// A section with what the hub adds: `$metadata`, if wanted, and `$version`.
#[derive(Debug, Clone, Copy)]
pub struct SectionJson<'a> {
    pub object: ObjectRef<'a>,
    /// `$version`.
    pub version: u64,
    /// Devices get their twin without `$metadata`.
    pub metadata: bool,
}

impl Serialize for ValueRef<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Integer(value) => serializer.serialize_i64(*value),
            Self::Double(value) => serializer.serialize_f64(*value),
            Self::Text(value) => serializer.serialize_str(value),
            Self::Array(array) => array.serialize(serializer),
            Self::Object(object) => object.serialize(serializer),
        }
    }
}

impl Serialize for ArrayRef<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut sequence = serializer.serialize_seq(None)?;
        for element in self.iter() {
            sequence.serialize_element(&element)?;
        }
        sequence.end()
    }
}

impl Serialize for ObjectRef<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        put_properties(&mut map, *self)?;
        map.end()
    }
}

impl Serialize for Patch {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.view().serialize(serializer)
    }
}

impl Serialize for SectionJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        put_properties(&mut map, self.object)?;
        if self.metadata {
            let stamp = self.object.stamp;
            let metadata = Metadata {
                stamp,
                inner: Some(self.object),
            };
            map.serialize_entry("$metadata", &metadata)?;
        }
        map.serialize_entry("$version", &self.version)?;
        map.end()
    }
}

fn put_properties<M: SerializeMap>(map: &mut M, object: ObjectRef<'_>) -> Result<(), M::Error> {
    for entry in object.iter() {
        map.serialize_entry(entry.key, &entry.value)?;
    }
    Ok(())
}

/// `$metadata` of a property and of what is in it.
struct Metadata<'a> {
    stamp: Option<Stamp>,
    inner: Option<ObjectRef<'a>>,
}

impl Serialize for Metadata<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        put_stamp(&mut map, self.stamp)?;
        for entry in self.inner.iter().flat_map(ObjectRef::iter) {
            let inner = match entry.value {
                ValueRef::Object(inner) => Some(inner),
                _ => None,
            };
            let stamp = entry.stamp;
            map.serialize_entry(entry.key, &Metadata { stamp, inner })?;
        }
        map.end()
    }
}

fn put_stamp<M: SerializeMap>(map: &mut M, stamp: Option<Stamp>) -> Result<(), M::Error> {
    let at = stamp.map_or(Timestamp::NEVER, |stamp| stamp.at);
    let text = if at.is_never() {
        NEVER.to_owned()
    } else {
        at.to_iso()
    };
    map.serialize_entry("$lastUpdated", &text)?;
    if let Some(version) = stamp.and_then(|stamp| stamp.version) {
        map.serialize_entry("$lastUpdatedVersion", &version)?;
    }
    Ok(())
}
