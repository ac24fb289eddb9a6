//! Twins: the document that a device and its back end keep together.
//!
//! ```text
//!  JSON ─► Object ─► Patch (checked, encoded) ─► command ─► TwinUpdate::apply ─► row
//!                                                                                 │
//!                                     lookups, JSON ◄── TwinRef, ObjectRef ◄──────┘
//! ```
//!
//! A twin has three sections: tags (the back end's own), desired (written by the back end) and
//! reported (written by the device). The encoded form is what replicas store. It is made for reading a
//! single path: whatever is not on the way is skipped by its length, nothing is decoded or allocated.
//!
//! Source: IoT Hub developer guide, "Understand and use device twins".
//!
//! ```text
//! twin    = u8 version (1), varint etag, varint version,
//!           varint desired $version, varint reported $version,
//!           node tags, node desired, node reported          each an object
//! node    = u8 kind | flags, [varint ms since the Unix epoch], [varint $version], payload
//! kind    = 0 null  1 false  2 true  3 integer  4 double  5 text  6 array  7 object
//! flags   = 0x10 the time of the last change follows, 0x20 and the section's version at that time
//! payload = integer: zigzag varint    double: f64 LE     text: varint length, UTF-8
//!           array: u32 LE length, nodes    object: u32 LE length, entries in ascending order of keys
//! entry   = varint length, key, node
//! ```
//!
//! Patches are objects without flags; only they hold nulls.

mod check;
mod document;
mod encoding;
mod json;
mod merge;
mod patch;
mod restore;
mod rules;
mod size;
mod update;
mod value;
mod view;

pub use document::{InvalidTwin, Twin, TwinRef, TwinSection};
pub use json::{ChangeNotice, DesiredNotice, DeviceTwin, SectionJson, TwinDocument};
pub use patch::Patch;
pub use restore::StoredSection;
pub use rules::TwinViolation;
pub use update::{
    SectionChange, TwinLimits, TwinTooLarge, TwinUpdate, TwinUpdateError, UpdatedTwin,
};
pub use value::{Object, Value};
pub use view::{ArrayRef, Entry, ObjectRef, Stamp, ValueRef};

#[cfg(test)]
mod tests;
