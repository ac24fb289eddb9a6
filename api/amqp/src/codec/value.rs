//! Any value [1.6].

mod array;
mod convert;
mod decode;
mod encode;
#[cfg(test)]
pub(crate) mod strategy;
#[cfg(test)]
mod tests;

use bytes::Bytes;

use super::map::Map;
use super::symbol::Symbol;

pub use self::array::{Array, MixedArray};

/// A value of any type. Binary shares the frame it came in; everything else is its own.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `null`
    Null,
    /// `boolean`
    Boolean(bool),
    /// `ubyte`
    Ubyte(u8),
    /// `ushort`
    Ushort(u16),
    /// `uint`
    Uint(u32),
    /// `ulong`
    Ulong(u64),
    /// `byte`
    Byte(i8),
    /// `short`
    Short(i16),
    /// `int`
    Int(i32),
    /// `long`
    Long(i64),
    /// `float`
    Float(f32),
    /// `double`
    Double(f64),
    /// `decimal32`, as it is on the wire
    Decimal32([u8; 4]),
    /// `decimal64`, as it is on the wire
    Decimal64([u8; 8]),
    /// `decimal128`, as it is on the wire
    Decimal128([u8; 16]),
    /// `char`
    Char(char),
    /// `timestamp`, milliseconds since 1970
    Timestamp(i64),
    /// `uuid`, most significant byte first
    Uuid([u8; 16]),
    /// `binary`
    Binary(Bytes),
    /// `string`
    String(String),
    /// `symbol`
    Symbol(Symbol),
    /// `list`
    List(Vec<Value>),
    /// `map`
    Map(Map),
    /// `array`
    Array(Array),
    /// A described value.
    Described(Box<Described>),
}

/// A value with something in front that says what it means.
#[derive(Debug, Clone, PartialEq)]
pub struct Described {
    /// `ulong` or `symbol` in practice.
    pub descriptor: Value,
    /// What is described.
    pub value: Value,
}

impl Value {
    /// The text of a string or symbol.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Value::String(text) => Some(text),
            Value::Symbol(symbol) => Some(symbol.as_str()),
            _ => None,
        }
    }

    /// An integer of any width and sign.
    pub fn as_integer(&self) -> Option<i128> {
        Some(match *self {
            Value::Ubyte(value) => i128::from(value),
            Value::Ushort(value) => i128::from(value),
            Value::Uint(value) => i128::from(value),
            Value::Ulong(value) => i128::from(value),
            Value::Byte(value) => i128::from(value),
            Value::Short(value) => i128::from(value),
            Value::Int(value) => i128::from(value),
            Value::Long(value) => i128::from(value),
            _ => return None,
        })
    }
}
