//! Reading encoded values where they lie.
//!
//! Bytes that are damaged read as absent here. Whoever must notice damage checks first:
//! [`super::TwinRef::check`].

use super::encoding::{
    ARRAY, Cursor, DOUBLE, FALSE, INTEGER, NULL, Node, OBJECT, TEXT, TRUE, double, integer,
};
use super::value::{Object, Value};
use crate::time::Timestamp;

/// When a property was last changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// `$lastUpdated`.
    pub at: Timestamp,
    /// `$lastUpdatedVersion`: the section's `$version` after that change. Of desired properties only.
    pub version: Option<u64>,
}

/// A value inside encoded bytes.
#[derive(Debug, Clone, Copy)]
pub enum ValueRef<'a> {
    /// In patches only: the key is to go.
    Null,
    Bool(bool),
    Integer(i64),
    Double(f64),
    Text(&'a str),
    Array(ArrayRef<'a>),
    Object(ObjectRef<'a>),
}

/// An array inside encoded bytes.
#[derive(Debug, Clone, Copy)]
pub struct ArrayRef<'a> {
    pub(super) body: &'a [u8],
}

/// An object inside encoded bytes.
#[derive(Debug, Clone, Copy)]
pub struct ObjectRef<'a> {
    pub(super) body: &'a [u8],
    pub(super) stamp: Option<Stamp>,
}

/// A property: its key, its value, and when it was last changed (unknown in tags and patches).
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    pub key: &'a str,
    pub value: ValueRef<'a>,
    pub stamp: Option<Stamp>,
}

impl<'a> Node<'a> {
    pub(super) fn value(&self) -> Option<ValueRef<'a>> {
        Some(match self.kind {
            NULL => ValueRef::Null,
            FALSE => ValueRef::Bool(false),
            TRUE => ValueRef::Bool(true),
            INTEGER => ValueRef::Integer(integer(self.payload)?),
            DOUBLE => ValueRef::Double(double(self.payload)?),
            TEXT => ValueRef::Text(std::str::from_utf8(self.payload).ok()?),
            ARRAY => ValueRef::Array(ArrayRef { body: self.payload }),
            OBJECT => ValueRef::Object(ObjectRef {
                body: self.payload,
                stamp: self.stamp,
            }),
            _ => return None,
        })
    }
}

impl<'a> ObjectRef<'a> {
    /// Without properties.
    pub const EMPTY: Self = Self {
        body: &[],
        stamp: None,
    };

    pub fn is_empty(&self) -> bool {
        self.body.is_empty()
    }

    /// When anything in it was last changed, removals included; unknown in tags and patches, and in
    /// a section that was never written.
    pub fn stamp(&self) -> Option<Stamp> {
        self.stamp
    }

    /// The value of a property.
    pub fn get(&self, key: &str) -> Option<ValueRef<'a>> {
        self.find(key)?.value()
    }

    /// A property with its stamp.
    pub fn entry(&self, key: &str) -> Option<Entry<'a>> {
        self.iter().find(|entry| entry.key == key)
    }

    /// The properties, in ascending order of keys.
    pub fn iter(&self) -> impl Iterator<Item = Entry<'a>> + use<'a> {
        let mut cursor = Cursor(self.body);
        std::iter::from_fn(move || {
            let entry = cursor.next_entry().ok()??;
            Some(Entry {
                key: std::str::from_utf8(entry.key).ok()?,
                value: entry.node.value()?,
                stamp: entry.node.stamp,
            })
        })
    }

    fn find(&self, key: &str) -> Option<Node<'a>> {
        let mut cursor = Cursor(self.body);
        while let Some(entry) = cursor.next_entry().ok()? {
            match entry.key.cmp(key.as_bytes()) {
                std::cmp::Ordering::Less => {}
                std::cmp::Ordering::Equal => return Some(entry.node),
                std::cmp::Ordering::Greater => return None,
            }
        }
        None
    }

    /// The value at the end of a path of keys; the object itself at the end of no keys.
    pub fn lookup<'p>(&self, path: impl IntoIterator<Item = &'p str>) -> Option<ValueRef<'a>> {
        let mut at = ValueRef::Object(*self);
        for key in path {
            match at {
                ValueRef::Object(object) => at = object.get(key)?,
                _ => return None,
            }
        }
        Some(at)
    }

    /// When what is at the end of a path was last changed.
    pub fn stamp_at<'p>(&self, path: impl IntoIterator<Item = &'p str>) -> Option<Stamp> {
        let (mut object, mut stamp) = (Some(*self), self.stamp);
        for key in path {
            let node = object?.find(key)?;
            stamp = node.stamp;
            object = match node.value()? {
                ValueRef::Object(inner) => Some(inner),
                _ => None,
            };
        }
        stamp
    }
}

impl<'a> ArrayRef<'a> {
    pub fn is_empty(&self) -> bool {
        self.body.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = ValueRef<'a>> + use<'a> {
        let mut cursor = Cursor(self.body);
        std::iter::from_fn(move || cursor.next_node().ok()??.value())
    }
}

/// The values are the same; stamps are not compared. `1` and `1.0` differ.
impl PartialEq for ValueRef<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) => true,
            (Self::Bool(one), Self::Bool(other)) => one == other,
            (Self::Integer(one), Self::Integer(other)) => one == other,
            (Self::Double(one), Self::Double(other)) => one == other,
            (Self::Text(one), Self::Text(other)) => one == other,
            (Self::Array(one), Self::Array(other)) => one.iter().eq(other.iter()),
            (Self::Object(one), Self::Object(other)) => one == other,
            _ => false,
        }
    }
}

/// As [`ValueRef`]'s.
impl PartialEq for ObjectRef<'_> {
    fn eq(&self, other: &Self) -> bool {
        let pairs = |object: &Self| object.iter().map(|entry| (entry.key, entry.value));
        pairs(self).eq(other.iter().map(|entry| (entry.key, entry.value)))
    }
}

impl From<ValueRef<'_>> for Value {
    fn from(value: ValueRef<'_>) -> Self {
        match value {
            ValueRef::Null => Self::Null,
            ValueRef::Bool(value) => Self::Bool(value),
            ValueRef::Integer(value) => Self::Integer(value),
            ValueRef::Double(value) => Self::Double(value),
            ValueRef::Text(value) => Self::Text(value.to_owned()),
            ValueRef::Array(array) => Self::Array(array.iter().map(Self::from).collect()),
            ValueRef::Object(object) => Self::Object(object.into()),
        }
    }
}

impl From<ObjectRef<'_>> for Object {
    fn from(object: ObjectRef<'_>) -> Self {
        Self(
            object
                .iter()
                .map(|entry| (entry.key.to_owned(), entry.value.into()))
                .collect(),
        )
    }
}
