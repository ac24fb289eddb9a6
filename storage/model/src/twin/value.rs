//! Values as they come from JSON.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

/// A JSON value. Integers and other numbers are told apart: `1` is not `1.0`.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Null,
    Bool(bool),
    Integer(i64),
    Double(f64),
    Text(String),
    Array(Vec<Value>),
    Object(Object),
}

/// A JSON object, in ascending order of keys.
///
/// Read with serde. A key that occurs twice, and an integer that does not fit into 64 bits, are errors.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Object(pub BTreeMap<String, Value>);

impl Object {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<K: Into<String>, const N: usize> From<[(K, Value); N]> for Object {
    fn from(entries: [(K, Value); N]) -> Self {
        Self(
            entries
                .into_iter()
                .map(|(key, value)| (key.into(), value))
                .collect(),
        )
    }
}

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;

        impl<'de> Visitor<'de> for Entries {
            type Value = Object;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Object, A::Error> {
                read_entries(map)
            }
        }

        deserializer.deserialize_map(Entries)
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;

        impl<'de> Visitor<'de> for Any {
            type Value = Value;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON value")
            }

            fn visit_unit<E>(self) -> Result<Value, E> {
                Ok(Value::Null)
            }

            fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
                Ok(Value::Bool(value))
            }

            fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
                Ok(Value::Integer(value))
            }

            fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Value, E> {
                i64::try_from(value)
                    .map(Value::Integer)
                    .map_err(|_| E::custom("integer out of range"))
            }

            fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
                Ok(Value::Double(value))
            }

            fn visit_str<E>(self, value: &str) -> Result<Value, E> {
                Ok(Value::Text(value.to_owned()))
            }

            fn visit_string<E>(self, value: String) -> Result<Value, E> {
                Ok(Value::Text(value))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Value, A::Error> {
                let mut elements = Vec::new();
                while let Some(element) = sequence.next_element()? {
                    elements.push(element);
                }
                Ok(Value::Array(elements))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Value, A::Error> {
                read_entries(map).map(Value::Object)
            }
        }

        deserializer.deserialize_any(Any)
    }
}

fn read_entries<'de, A: MapAccess<'de>>(mut map: A) -> Result<Object, A::Error> {
    let mut entries = BTreeMap::new();
    while let Some((key, value)) = map.next_entry::<String, Value>()? {
        if entries.contains_key(&key) {
            return Err(A::Error::custom(format_args!("key `{key}` occurs twice")));
        }
        entries.insert(key, value);
    }
    Ok(Object(entries))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Value, serde_json::Error> {
        serde_json::from_str(text)
    }

    #[test]
    fn json_reads_with_integers_and_other_numbers_apart() {
        let table = [
            ("null", Value::Null),
            ("true", Value::Bool(true)),
            ("-3", Value::Integer(-3)),
            ("9007199254740993", Value::Integer(9_007_199_254_740_993)),
            ("1.0", Value::Double(1.0)),
            ("1e3", Value::Double(1000.0)),
            ("\"a\\u00e9\"", Value::Text("aé".into())),
            (
                "[1, []]",
                Value::Array(vec![Value::Integer(1), Value::Array(vec![])]),
            ),
        ];
        for (text, value) in table {
            assert_eq!(read(text).unwrap(), value, "{text}");
        }
    }

    #[test]
    fn a_key_that_occurs_twice_and_a_huge_integer_are_errors() {
        let twice = serde_json::from_str::<Object>(r#"{"a": {"b": 1, "b": 2}}"#).unwrap_err();
        assert!(twice.to_string().contains("`b` occurs twice"), "{twice}");
        assert!(read("9223372036854775807").is_ok());
        let huge = read("9223372036854775808").unwrap_err();
        assert!(huge.to_string().contains("out of range"), "{huge}");
        assert!(serde_json::from_str::<Object>("[]").is_err());
    }
}
