//! Rust's types as values.

use bytes::Bytes;

use super::{Array, Described, Value};
use crate::codec::map::Map;
use crate::codec::primitive::Timestamp;
use crate::codec::symbol::Symbol;

macro_rules! convert {
    ($($type:ty => $variant:ident),* $(,)?) => {$(
        impl From<$type> for Value {
            fn from(value: $type) -> Value {
                Value::$variant(value)
            }
        }
    )*};
}

convert! {
    bool => Boolean, u8 => Ubyte, u16 => Ushort, u32 => Uint, u64 => Ulong,
    i8 => Byte, i16 => Short, i32 => Int, i64 => Long, f32 => Float, f64 => Double,
    char => Char, Bytes => Binary, String => String, Symbol => Symbol, Vec<Value> => List,
    Map => Map, Array => Array,
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::String(text.to_owned())
    }
}

impl From<Timestamp> for Value {
    fn from(timestamp: Timestamp) -> Value {
        Value::Timestamp(timestamp.0)
    }
}

impl From<Described> for Value {
    fn from(described: Described) -> Value {
        Value::Described(Box::new(described))
    }
}
