//! Bytes of nodes; the layout is drawn in [`super`].

use super::value::{Object, Value};
use super::view::Stamp;
use crate::event::varint;
use crate::time::Timestamp;

pub(super) const NULL: u8 = 0;
pub(super) const FALSE: u8 = 1;
pub(super) const TRUE: u8 = 2;
pub(super) const INTEGER: u8 = 3;
pub(super) const DOUBLE: u8 = 4;
pub(super) const TEXT: u8 = 5;
pub(super) const ARRAY: u8 = 6;
pub(super) const OBJECT: u8 = 7;

const KIND: u8 = 0x0f;
const TIMED: u8 = 0x10;
const VERSIONED: u8 = 0x20;
const LENGTH: usize = 4;

/// Bytes that are no twin, or no part of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Malformed;

/// A node, split but not looked into.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node<'a> {
    pub(super) kind: u8,
    pub(super) stamp: Option<Stamp>,
    /// All behind kind and stamp: what is copied when only the stamp changes.
    pub(super) rest: &'a [u8],
    /// The value itself, without its length.
    pub(super) payload: &'a [u8],
}

/// An entry of an object.
#[derive(Debug, Clone, Copy)]
pub(super) struct RawEntry<'a> {
    pub(super) key: &'a [u8],
    pub(super) node: Node<'a>,
    /// Key and node together, to be copied as they are.
    pub(super) raw: &'a [u8],
}

/// Reads from the front of bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cursor<'a>(pub(super) &'a [u8]);

impl<'a> Cursor<'a> {
    pub(super) fn take(&mut self, length: usize) -> Result<&'a [u8], Malformed> {
        let (head, tail) = self.0.split_at_checked(length).ok_or(Malformed)?;
        self.0 = tail;
        Ok(head)
    }

    pub(super) fn byte(&mut self) -> Result<u8, Malformed> {
        let (first, tail) = self.0.split_first().ok_or(Malformed)?;
        self.0 = tail;
        Ok(*first)
    }

    pub(super) fn varint(&mut self) -> Result<u64, Malformed> {
        let (value, used) = varint::get(self.0).ok_or(Malformed)?;
        self.take(used)?;
        Ok(value)
    }

    fn text(&mut self) -> Result<&'a [u8], Malformed> {
        let length = usize::try_from(self.varint()?).map_err(|_| Malformed)?;
        self.take(length)
    }

    fn block(&mut self) -> Result<&'a [u8], Malformed> {
        let (length, _) = self.0.split_first_chunk::<LENGTH>().ok_or(Malformed)?;
        self.take(LENGTH)?;
        self.take(u32::from_le_bytes(*length) as usize)
    }

    pub(super) fn node(&mut self) -> Result<Node<'a>, Malformed> {
        let head = self.byte()?;
        let stamp = match head & !KIND {
            0 => None,
            TIMED => Some(Stamp {
                at: Timestamp(self.varint()?),
                version: None,
            }),
            flags if flags == TIMED | VERSIONED => Some(Stamp {
                at: Timestamp(self.varint()?),
                version: Some(self.varint()?),
            }),
            _ => return Err(Malformed),
        };
        let before = self.0;
        let kind = head & KIND;
        let payload = match kind {
            NULL | FALSE | TRUE => &[],
            INTEGER => {
                self.varint()?;
                consumed(before, self.0)
            }
            DOUBLE => self.take(8)?,
            TEXT => self.text()?,
            ARRAY | OBJECT => self.block()?,
            _ => return Err(Malformed),
        };
        let rest = consumed(before, self.0);
        Ok(Node {
            kind,
            stamp,
            rest,
            payload,
        })
    }

    /// The next node of an array, if there is one.
    pub(super) fn next_node(&mut self) -> Result<Option<Node<'a>>, Malformed> {
        if self.0.is_empty() {
            Ok(None)
        } else {
            self.node().map(Some)
        }
    }

    /// The next entry of an object, if there is one.
    pub(super) fn next_entry(&mut self) -> Result<Option<RawEntry<'a>>, Malformed> {
        if self.0.is_empty() {
            return Ok(None);
        }
        let before = self.0;
        let key = self.text()?;
        let node = self.node()?;
        let raw = consumed(before, self.0);
        Ok(Some(RawEntry { key, node, raw }))
    }
}

/// What was read between two moments of a cursor.
fn consumed<'a>(before: &'a [u8], after: &[u8]) -> &'a [u8] {
    before
        .get(..before.len().saturating_sub(after.len()))
        .unwrap_or_default()
}

pub(super) fn integer(payload: &[u8]) -> Option<i64> {
    let (zigzag, _) = varint::get(payload)?;
    Some((zigzag >> 1).cast_signed() ^ -(zigzag & 1).cast_signed())
}

pub(super) fn double(payload: &[u8]) -> Option<f64> {
    payload.try_into().ok().map(f64::from_le_bytes)
}

pub(super) fn put_head(out: &mut Vec<u8>, kind: u8, stamp: Option<Stamp>) {
    match stamp {
        None => out.push(kind),
        Some(Stamp { at, version: None }) => {
            out.push(kind | TIMED);
            varint::put(out, at.as_millis());
        }
        Some(Stamp {
            at,
            version: Some(version),
        }) => {
            out.push(kind | TIMED | VERSIONED);
            varint::put(out, at.as_millis());
            varint::put(out, version);
        }
    }
}

pub(super) fn put_key(out: &mut Vec<u8>, key: &[u8]) {
    varint::put(out, key.len() as u64);
    out.extend_from_slice(key);
}

/// Writes the length of what `fill` appends in front of it.
///
/// # Panics
///
/// At 4 GiB; documents are limited to a few hundred KiB.
pub(super) fn put_block<E>(
    out: &mut Vec<u8>,
    fill: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
) -> Result<(), E> {
    let at = out.len();
    out.extend_from_slice(&[0; LENGTH]);
    fill(out)?;
    let length = u32::try_from(out.len() - at - LENGTH).expect("a twin is shorter than 4 GiB");
    if let Some(field) = out.get_mut(at..at + LENGTH) {
        field.copy_from_slice(&length.to_le_bytes());
    }
    Ok(())
}

/// Writes an object without stamps.
pub(super) fn put_object(out: &mut Vec<u8>, object: &Object) {
    put_head(out, OBJECT, None);
    let Ok(()) = put_block(out, |out| {
        for (key, value) in &object.0 {
            put_key(out, key.as_bytes());
            put_value(out, value);
        }
        Ok::<_, std::convert::Infallible>(())
    });
}

/// Writes a value with the moment of its last change.
pub(super) fn put_value_stamped(out: &mut Vec<u8>, value: &Value, stamp: Stamp) {
    let mut plain = Vec::new();
    put_value(&mut plain, value);
    if let Some((kind, rest)) = plain.split_first() {
        put_head(out, *kind, Some(stamp));
        out.extend_from_slice(rest);
    }
}

fn put_value(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Null => out.push(NULL),
        Value::Bool(false) => out.push(FALSE),
        Value::Bool(true) => out.push(TRUE),
        Value::Integer(value) => {
            out.push(INTEGER);
            let zigzag = (value << 1) ^ (value >> 63);
            varint::put(out, zigzag.cast_unsigned());
        }
        Value::Double(value) => {
            out.push(DOUBLE);
            out.extend_from_slice(&value.to_le_bytes());
        }
        Value::Text(text) => {
            out.push(TEXT);
            put_key(out, text.as_bytes());
        }
        Value::Array(elements) => {
            out.push(ARRAY);
            let Ok(()) = put_block(out, |out| {
                elements.iter().for_each(|element| put_value(out, element));
                Ok::<_, std::convert::Infallible>(())
            });
        }
        Value::Object(object) => put_object(out, object),
    }
}
