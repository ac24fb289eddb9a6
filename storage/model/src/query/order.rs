//! One order of all values, for `ORDER BY`, `MIN` and `MAX`.

use std::cmp::Ordering;

use bincode::{Decode, Encode};
use serde::ser::{Serialize, Serializer};

use super::number::Number;
use super::value::Value;
use crate::limits::QUERY_ORDER_BYTES;

/// A value with its place in the order: undefined, null, false, true, numbers, texts by their bytes,
/// arrays, objects. Those two are not told apart further.
#[derive(Debug, Clone, Encode, Decode)]
pub enum SortValue {
    Undefined,
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
    Array,
    Object,
}

impl SortValue {
    /// The place of a value; of a text only the first [`QUERY_ORDER_BYTES`] bytes count.
    pub fn of(value: &Value<'_>) -> Self {
        match value {
            Value::Text(text) => {
                let end = text.floor_char_boundary(QUERY_ORDER_BYTES);
                Self::Text(text[..end].to_owned())
            }
            other => Self::whole(other),
        }
    }

    /// The value, whatever its length.
    pub fn whole(value: &Value<'_>) -> Self {
        match value {
            Value::Undefined => Self::Undefined,
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Bool(*value),
            Value::Number(number) => Self::Number(*number),
            Value::Text(text) => Self::Text(text.to_string()),
            Value::Array => Self::Array,
            Value::Object => Self::Object,
        }
    }

    /// The place of this value, as [`SortValue::of`] gives it.
    pub fn shortened(self) -> Self {
        match self {
            Self::Text(mut text) => {
                text.truncate(text.floor_char_boundary(QUERY_ORDER_BYTES));
                Self::Text(text)
            }
            other => other,
        }
    }

    /// Where [`SortValue::of`] a value stands beside this, without making one.
    pub fn compare(&self, value: &Value<'_>) -> Ordering {
        match (self, value) {
            (Self::Bool(one), Value::Bool(two)) => one.cmp(two),
            (Self::Number(one), Value::Number(two)) => one.compare(*two),
            (Self::Text(one), Value::Text(two)) => {
                let end = two.floor_char_boundary(QUERY_ORDER_BYTES);
                one.as_str().cmp(&two[..end])
            }
            _ => self.rank().cmp(&rank(value)),
        }
    }

    /// Whether there is a value.
    pub fn is_defined(&self) -> bool {
        !matches!(self, Self::Undefined)
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Undefined => 0,
            Self::Null => 1,
            Self::Bool(_) => 2,
            Self::Number(_) => 3,
            Self::Text(_) => 4,
            Self::Array => 5,
            Self::Object => 6,
        }
    }
}

fn rank(value: &Value<'_>) -> u8 {
    match value {
        Value::Undefined => 0,
        Value::Null => 1,
        Value::Bool(_) => 2,
        Value::Number(_) => 3,
        Value::Text(_) => 4,
        Value::Array => 5,
        Value::Object => 6,
    }
}

impl Ord for SortValue {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Bool(one), Self::Bool(two)) => one.cmp(two),
            (Self::Number(one), Self::Number(two)) => one.compare(*two),
            (Self::Text(one), Self::Text(two)) => one.cmp(two),
            _ => self.rank().cmp(&other.rank()),
        }
    }
}

impl PartialOrd for SortValue {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for SortValue {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for SortValue {}

/// As JSON; what is undefined, an array or an object has no form and is null.
impl Serialize for SortValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Undefined | Self::Null | Self::Array | Self::Object => {
                serializer.serialize_unit()
            }
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Number(Number::Int(value)) => serializer.serialize_i64(*value),
            Self::Number(Number::Float(value)) => serializer.serialize_f64(*value),
            Self::Text(text) => serializer.serialize_str(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;

    fn text(text: &str) -> Value<'_> {
        Value::Text(Cow::Borrowed(text))
    }

    #[test]
    fn values_of_all_types_have_one_order() {
        let ascending = [
            Value::Undefined,
            Value::Null,
            Value::Bool(false),
            Value::Bool(true),
            Value::Number(Number::Float(-0.5)),
            Value::Number(Number::Int(10)),
            text("10"),
            text("9"),
            Value::Array,
            Value::Object,
        ];
        for (one, left) in ascending.iter().enumerate() {
            for (two, right) in ascending.iter().enumerate() {
                let place = SortValue::of(left);
                assert_eq!(place.cmp(&SortValue::of(right)), one.cmp(&two));
                assert_eq!(place.compare(right), one.cmp(&two));
            }
        }
    }

    #[test]
    fn only_the_beginning_of_a_long_text_counts() {
        let long = "\u{e4}".repeat(QUERY_ORDER_BYTES);
        let longer = format!("{long}x");
        assert_eq!(SortValue::of(&text(&long)), SortValue::of(&text(&longer)));
        assert_eq!(
            SortValue::whole(&text(&longer)).shortened(),
            SortValue::of(&text(&long))
        );
        assert!(SortValue::of(&text(&long)).compare(&text(&longer)).is_eq());
        assert_ne!(
            SortValue::whole(&text(&long)),
            SortValue::whole(&text(&longer))
        );
    }
}
