//! Whether bytes are well formed.

use super::encoding::{ARRAY, Cursor, Malformed, NULL, Node, OBJECT};

/// Objects and arrays inside each other. Twice what the limits allow; bounds the stack.
const MAX_NESTING: usize = 128;

/// Where an object stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// In a patch: nulls, no stamps.
    Patch,
    /// In a section of a twin: stamps, no nulls.
    Section,
    /// In an array: neither.
    Array,
}

/// Checks lengths, text, order of keys and what must not be in this place, all the way down.
pub(super) fn object(body: &[u8], place: Place) -> Result<(), Malformed> {
    entries(body, place, 1)
}

fn entries(body: &[u8], place: Place, nesting: usize) -> Result<(), Malformed> {
    let mut cursor = Cursor(body);
    let mut last: Option<&[u8]> = None;
    while let Some(entry) = cursor.next_entry()? {
        let ascending = last.is_none_or(|last| last < entry.key);
        if !ascending || std::str::from_utf8(entry.key).is_err() {
            return Err(Malformed);
        }
        last = Some(entry.key);
        node(&entry.node, place, nesting)?;
    }
    Ok(())
}

fn node(node: &Node<'_>, place: Place, nesting: usize) -> Result<(), Malformed> {
    let misplaced = match place {
        Place::Patch => node.stamp.is_some(),
        Place::Section => node.kind == NULL,
        Place::Array => node.stamp.is_some() || node.kind == NULL,
    };
    if misplaced || nesting >= MAX_NESTING {
        return Err(Malformed);
    }
    match node.kind {
        OBJECT => entries(node.payload, place, nesting + 1),
        ARRAY => {
            let mut cursor = Cursor(node.payload);
            while let Some(element) = cursor.next_node()? {
                self::node(&element, Place::Array, nesting + 1)?;
            }
            Ok(())
        }
        // A double that JSON can't say, or text that is not UTF-8.
        _ => match node.value().ok_or(Malformed)? {
            super::ValueRef::Double(value) if !value.is_finite() => Err(Malformed),
            _ => Ok(()),
        },
    }
}
