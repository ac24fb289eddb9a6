//! How large a section is, as the limits count.

use super::view::{ObjectRef, ValueRef};

const NUMBER: usize = 8;
const BOOLEAN: usize = 4;
/// No encoded byte counts for more than this: a boolean in an array takes one byte and counts 4.
const MOST_PER_BYTE: usize = 4;

/// The characters of all keys and texts, without control characters, 8 for a number, 4 for a boolean.
///
/// Source: IoT Hub developer guide, "Understand and use device twins", device twin size.
pub(super) fn of(object: ObjectRef<'_>) -> usize {
    object
        .iter()
        .map(|entry| text(entry.key) + value(entry.value))
        .sum()
}

/// Whether a section is larger than `limit`. Small ones are told by their encoded length alone.
pub(super) fn exceeds(object: ObjectRef<'_>, limit: usize) -> bool {
    object.body.len().saturating_mul(MOST_PER_BYTE) > limit && of(object) > limit
}

fn value(value: ValueRef<'_>) -> usize {
    match value {
        ValueRef::Null => 0,
        ValueRef::Bool(_) => BOOLEAN,
        ValueRef::Integer(_) | ValueRef::Double(_) => NUMBER,
        ValueRef::Text(value) => text(value),
        ValueRef::Array(array) => array.iter().map(self::value).sum(),
        ValueRef::Object(object) => of(object),
    }
}

/// C0 and C1 are what `char::is_control` knows: U+0000–U+001F and U+007F–U+009F.
fn text(text: &str) -> usize {
    text.chars().filter(|char| !char.is_control()).count()
}
