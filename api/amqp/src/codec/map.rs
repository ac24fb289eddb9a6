//! Maps in the order in which they are written [1.6.23].

use bytes::BytesMut;

use super::code;
use super::decode::Decode;
use super::encode::{self, Encode};
use super::error::DecodeError;
use super::reader::Reader;
use super::symbol::Symbol;
use super::value::Value;

/// Keys and values as they came. A key that comes twice is not refused; the first one counts.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Map(pub Vec<(Value, Value)>);

impl Map {
    /// An empty map.
    pub fn new() -> Map {
        Map::default()
    }

    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds an entry whose key is a symbol, as annotations and link properties have them.
    #[must_use]
    pub fn symbol(mut self, key: impl Into<Symbol>, value: impl Into<Value>) -> Map {
        self.0.push((Value::Symbol(key.into()), value.into()));
        self
    }

    /// Adds an entry whose key is a string, as application properties have them.
    #[must_use]
    pub fn string(mut self, key: impl Into<String>, value: impl Into<Value>) -> Map {
        self.0.push((Value::String(key.into()), value.into()));
        self
    }

    /// The value under a symbol or string.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.0
            .iter()
            .find(|(candidate, _)| candidate.as_text() == Some(key))
            .map(|(_, value)| value)
    }

    pub(super) fn decode_entries(reader: &mut Reader<'_>, wide: bool) -> Result<Map, DecodeError> {
        let extent = reader.extent(wide)?;
        if extent.count % 2 != 0 {
            return Err(DecodeError::SizeMismatch);
        }
        reader.within(extent.size, |reader| {
            let mut entries = Vec::new();
            for _ in 0..extent.count / 2 {
                entries.push((Value::decode(reader)?, Value::decode(reader)?));
            }
            match reader.remaining() {
                0 => Ok(Map(entries)),
                _ => Err(DecodeError::SizeMismatch),
            }
        })
    }

    /// Entries without constructor, size and count.
    pub(super) fn encode_entries(&self, out: &mut BytesMut) {
        for (key, value) in &self.0 {
            key.encode(out);
            value.encode(out);
        }
    }
}

impl Encode for Map {
    fn encode(&self, out: &mut BytesMut) {
        encode::compound(out, code::MAP_8, self.0.len() * 2, |out| {
            self.encode_entries(out);
        });
    }
}

impl Decode for Map {
    fn decode(reader: &mut Reader<'_>) -> Result<Map, DecodeError> {
        match reader.byte()? {
            code::MAP_8 => Map::decode_entries(reader, false),
            code::MAP_32 => Map::decode_entries(reader, true),
            found => Err(DecodeError::WrongType {
                expected: "map",
                found,
            }),
        }
    }
}
