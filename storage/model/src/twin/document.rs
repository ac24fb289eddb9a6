//! A whole twin.

use std::fmt;

use bytes::Bytes;
use thiserror::Error;

use super::check::{self, Place};
use super::encoding::{Cursor, Malformed, OBJECT};
use super::view::{ObjectRef, Stamp, ValueRef};
use crate::etag::ETag;
use crate::event::varint;

/// The layout drawn in [`super`].
pub(super) const VERSION: u8 = 1;

/// Bytes that are no twin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum InvalidTwin {
    #[error("twin encoding version {0} is not known")]
    UnknownVersion(u8),
    #[error("malformed twin")]
    Malformed,
}

/// A part of a twin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, bincode::Encode, bincode::Decode)]
pub enum TwinSection {
    /// The back end's own; devices don't see them.
    Tags,
    /// Written by the back end, read by the device.
    Desired,
    /// Written by the device, read by the back end.
    Reported,
}

impl TwinSection {
    pub const ALL: [Self; 3] = [Self::Tags, Self::Desired, Self::Reported];

    /// Where it stands in the document: `tags`, `properties.desired` or `properties.reported`.
    pub const fn path(self) -> &'static str {
        match self {
            Self::Tags => "tags",
            Self::Desired => "properties.desired",
            Self::Reported => "properties.reported",
        }
    }
}

/// A twin, read where its bytes lie.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TwinRef<'a> {
    /// Changes with tags and desired properties; what the device reports leaves it alone.
    pub etag: ETag,
    /// Counts changes of anything in the twin.
    pub version: u64,
    /// `$version` of the desired properties.
    pub desired_version: u64,
    /// `$version` of the reported properties.
    pub reported_version: u64,
    pub tags: ObjectRef<'a>,
    pub desired: ObjectRef<'a>,
    pub reported: ObjectRef<'a>,
}

/// A twin's bytes, as they are stored; none of a twin that was never changed.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Twin(Option<Bytes>);

impl Twin {
    /// Takes stored bytes.
    ///
    /// # Errors
    /// As [`TwinRef::parse`].
    pub fn new(bytes: Bytes) -> Result<Self, InvalidTwin> {
        TwinRef::parse(&bytes)?;
        Ok(Self(Some(bytes)))
    }

    pub fn view(&self) -> TwinRef<'_> {
        let stored = self.0.as_deref();
        stored
            .and_then(|bytes| TwinRef::parse(bytes).ok())
            .unwrap_or(TwinRef::NEW)
    }

    /// Its bytes; none of a twin that was never changed.
    pub fn bytes(&self) -> Option<&Bytes> {
        self.0.as_ref()
    }
}

impl fmt::Debug for Twin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.view().fmt(f)
    }
}

impl<'a> TwinRef<'a> {
    /// The twin of a new identity. It is not stored; the first change stores one.
    pub const NEW: Self = Self {
        etag: ETag(1),
        version: 2,
        desired_version: 1,
        reported_version: 1,
        tags: ObjectRef::EMPTY,
        desired: ObjectRef::EMPTY,
        reported: ObjectRef::EMPTY,
    };

    /// Reads the counters and finds the sections; what is in them is not looked at.
    ///
    /// # Errors
    /// Bytes of another version, cut off, or with others behind them.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, InvalidTwin> {
        let mut cursor = Cursor(bytes);
        let version = cursor.byte()?;
        if version != VERSION {
            return Err(InvalidTwin::UnknownVersion(version));
        }
        let twin = Self {
            etag: ETag(cursor.varint()?),
            version: cursor.varint()?,
            desired_version: cursor.varint()?,
            reported_version: cursor.varint()?,
            tags: section(&mut cursor)?,
            desired: section(&mut cursor)?,
            reported: section(&mut cursor)?,
        };
        if cursor.0.is_empty() {
            Ok(twin)
        } else {
            Err(InvalidTwin::Malformed)
        }
    }

    /// Looks at everything.
    ///
    /// # Errors
    /// Lengths, text or order that can't be.
    pub fn check(&self) -> Result<(), InvalidTwin> {
        for section in TwinSection::ALL {
            check::object(self.section(section).body, Place::Section)?;
        }
        Ok(())
    }

    pub fn section(&self, section: TwinSection) -> ObjectRef<'a> {
        match section {
            TwinSection::Tags => self.tags,
            TwinSection::Desired => self.desired,
            TwinSection::Reported => self.reported,
        }
    }

    /// The value at the end of a path of keys inside a section. Allocates nothing.
    pub fn lookup<'p>(
        &self,
        section: TwinSection,
        path: impl IntoIterator<Item = &'p str>,
    ) -> Option<ValueRef<'a>> {
        self.section(section).lookup(path)
    }

    /// When what is at the end of a path was last changed. Unknown in tags.
    pub fn stamp<'p>(
        &self,
        section: TwinSection,
        path: impl IntoIterator<Item = &'p str>,
    ) -> Option<Stamp> {
        self.section(section).stamp_at(path)
    }
}

fn section<'a>(cursor: &mut Cursor<'a>) -> Result<ObjectRef<'a>, InvalidTwin> {
    let node = cursor.node()?;
    if node.kind != OBJECT {
        return Err(InvalidTwin::Malformed);
    }
    Ok(ObjectRef {
        body: node.payload,
        stamp: node.stamp,
    })
}

/// The front of a twin's bytes; the sections follow.
pub(super) fn put_counters(out: &mut Vec<u8>, counters: [u64; 4]) {
    out.push(VERSION);
    counters
        .iter()
        .for_each(|counter| varint::put(out, *counter));
}

impl From<Malformed> for InvalidTwin {
    fn from(Malformed: Malformed) -> Self {
        Self::Malformed
    }
}
