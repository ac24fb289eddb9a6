//! What those who watch a twin are told.

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::{put_properties, put_stamp};
use crate::time::Timestamp;
use crate::twin::patch::Patch;
use crate::twin::view::{ObjectRef, Stamp, ValueRef};

/// The body of a desired notification: the patch and `$version`, without which SDKs can't order it.
#[derive(Debug, Clone, Copy)]
pub struct DesiredNotice<'a> {
    pub patch: ObjectRef<'a>,
    /// `$version` of the desired properties after the change.
    pub version: u64,
}

/// The body of a twin change event: what changed, nulls included, with its new metadata.
#[derive(Debug, Clone, Copy)]
pub struct ChangeNotice<'a> {
    /// The whole twin's, after the change.
    pub version: u64,
    pub tags: Option<&'a Patch>,
    /// The patch and `$version` after the change.
    pub desired: Option<(&'a Patch, u64)>,
    pub reported: Option<(&'a Patch, u64)>,
    /// The moment of the change.
    pub at: Timestamp,
}

impl Serialize for DesiredNotice<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        put_properties(&mut map, self.patch)?;
        map.serialize_entry("$version", &self.version)?;
        map.end()
    }
}

impl Serialize for ChangeNotice<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("version", &self.version)?;
        if let Some(tags) = self.tags {
            map.serialize_entry("tags", tags)?;
        }
        if self.desired.is_some() || self.reported.is_some() {
            map.serialize_entry("properties", &Properties(self))?;
        }
        map.end()
    }
}

struct Properties<'a>(&'a ChangeNotice<'a>);

impl Serialize for Properties<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        let at = self.0.at;
        if let Some((patch, version)) = self.0.desired {
            let stamp = Stamp {
                at,
                version: Some(version),
            };
            map.serialize_entry("desired", &Changed::new(patch, version, stamp))?;
        }
        if let Some((patch, version)) = self.0.reported {
            let stamp = Stamp { at, version: None };
            map.serialize_entry("reported", &Changed::new(patch, version, stamp))?;
        }
        map.end()
    }
}

struct Changed<'a> {
    patch: ObjectRef<'a>,
    version: u64,
    stamp: Stamp,
}

impl<'a> Changed<'a> {
    fn new(patch: &'a Patch, version: u64, stamp: Stamp) -> Self {
        Self {
            patch: patch.view(),
            version,
            stamp,
        }
    }
}

impl Serialize for Changed<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        put_properties(&mut map, self.patch)?;
        let metadata = Touched {
            stamp: self.stamp,
            inner: Some(self.patch),
        };
        map.serialize_entry("$metadata", &metadata)?;
        map.serialize_entry("$version", &self.version)?;
        map.end()
    }
}

/// `$metadata` of what a patch touches, all changed at the same moment. What it removes has none.
struct Touched<'a> {
    stamp: Stamp,
    inner: Option<ObjectRef<'a>>,
}

impl Serialize for Touched<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        put_stamp(&mut map, Some(self.stamp))?;
        for entry in self.inner.iter().flat_map(ObjectRef::iter) {
            let inner = match entry.value {
                ValueRef::Null => continue,
                ValueRef::Object(inner) => Some(inner),
                _ => None,
            };
            let stamp = self.stamp;
            map.serialize_entry(entry.key, &Touched { stamp, inner })?;
        }
        map.end()
    }
}
