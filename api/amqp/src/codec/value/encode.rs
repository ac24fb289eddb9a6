//! Writing any value, in the shortest form.

use bytes::{BufMut, BytesMut};

use super::{Array, Value};
use crate::codec::code;
use crate::codec::encode::{self, Encode};

impl Encode for Value {
    fn encode(&self, out: &mut BytesMut) {
        match self {
            Value::Null => out.put_u8(code::NULL),
            Value::Boolean(value) => value.encode(out),
            Value::Ubyte(value) => value.encode(out),
            Value::Ushort(value) => value.encode(out),
            Value::Uint(value) => value.encode(out),
            Value::Ulong(value) => value.encode(out),
            Value::Int(value) => match i8::try_from(*value) {
                Ok(small) => {
                    out.put_u8(code::SMALL_INT);
                    out.put_i8(small);
                }
                Err(_) => wide(self, out),
            },
            Value::Long(value) => match i8::try_from(*value) {
                Ok(small) => {
                    out.put_u8(code::SMALL_LONG);
                    out.put_i8(small);
                }
                Err(_) => wide(self, out),
            },
            Value::Binary(bytes) => bytes.encode(out),
            Value::String(text) => text.encode(out),
            Value::Symbol(symbol) => symbol.encode(out),
            Value::List(elements) => {
                encode::compound(out, code::LIST_8, elements.len(), |out| {
                    elements.iter().for_each(|element| element.encode(out));
                });
            }
            Value::Map(map) => map.encode(out),
            Value::Array(array) => array.encode(out),
            Value::Described(described) => {
                out.put_u8(code::DESCRIBED);
                described.descriptor.encode(out);
                described.value.encode(out);
            }
            _ => wide(self, out),
        }
    }
}

/// Constructor and value in the form that every value of the type has.
fn wide(value: &Value, out: &mut BytesMut) {
    out.put_u8(wide_code(value));
    element(value, out);
}

/// The constructor with which each value of the type can be written.
fn wide_code(value: &Value) -> u8 {
    match value {
        Value::Null => code::NULL,
        Value::Boolean(_) => code::BOOLEAN,
        Value::Ubyte(_) => code::UBYTE,
        Value::Ushort(_) => code::USHORT,
        Value::Uint(_) => code::UINT,
        Value::Ulong(_) => code::ULONG,
        Value::Byte(_) => code::BYTE,
        Value::Short(_) => code::SHORT,
        Value::Int(_) => code::INT,
        Value::Long(_) => code::LONG,
        Value::Float(_) => code::FLOAT,
        Value::Double(_) => code::DOUBLE,
        Value::Decimal32(_) => code::DECIMAL_32,
        Value::Decimal64(_) => code::DECIMAL_64,
        Value::Decimal128(_) => code::DECIMAL_128,
        Value::Char(_) => code::CHAR,
        Value::Timestamp(_) => code::TIMESTAMP,
        Value::Uuid(_) => code::UUID,
        Value::Binary(_) => code::BINARY_32,
        Value::String(_) => code::STRING_32,
        Value::Symbol(_) => code::SYMBOL_32,
        Value::List(_) => code::LIST_32,
        Value::Map(_) => code::MAP_32,
        Value::Array(_) => code::ARRAY_32,
        Value::Described(_) => code::DESCRIBED,
    }
}

/// The value behind [`wide_code`].
fn element(value: &Value, out: &mut BytesMut) {
    match value {
        Value::Null => {}
        Value::Boolean(value) => out.put_u8(u8::from(*value)),
        Value::Ubyte(value) => out.put_u8(*value),
        Value::Ushort(value) => out.put_u16(*value),
        Value::Uint(value) => out.put_u32(*value),
        Value::Ulong(value) => out.put_u64(*value),
        Value::Byte(value) => out.put_i8(*value),
        Value::Short(value) => out.put_i16(*value),
        Value::Int(value) => out.put_i32(*value),
        Value::Long(value) | Value::Timestamp(value) => out.put_i64(*value),
        Value::Float(value) => out.put_f32(*value),
        Value::Double(value) => out.put_f64(*value),
        Value::Char(value) => out.put_u32(u32::from(*value)),
        Value::Decimal32(bytes) => out.put_slice(bytes),
        Value::Decimal64(bytes) => out.put_slice(bytes),
        Value::Decimal128(bytes) | Value::Uuid(bytes) => out.put_slice(bytes),
        Value::Binary(bytes) => sized(bytes, out),
        Value::String(text) => sized(text.as_bytes(), out),
        Value::Symbol(symbol) => sized(symbol.as_str().as_bytes(), out),
        Value::List(elements) => counted(elements.len(), out, |out| {
            elements.iter().for_each(|element| element.encode(out));
        }),
        Value::Map(map) => counted(map.0.len() * 2, out, |out| map.encode_entries(out)),
        Value::Array(array) => counted(array.elements().len(), out, |out| array.content(out)),
        Value::Described(described) => {
            described.descriptor.encode(out);
            described.value.encode(out);
        }
    }
}

fn sized(bytes: &[u8], out: &mut BytesMut) {
    out.put_slice(&encode::length32(bytes.len()));
    out.put_slice(bytes);
}

/// Size, count and content.
fn counted(count: usize, out: &mut BytesMut, write: impl FnOnce(&mut BytesMut)) {
    let start = out.len();
    out.put_u32(0);
    out.put_slice(&encode::length32(count));
    write(out);
    let size = encode::length32(out.len() - start - 4);
    out[start..start + 4].copy_from_slice(&size);
}

impl Array {
    /// Constructor of the elements and the elements.
    fn content(&self, out: &mut BytesMut) {
        let elements = self.elements();
        let Some(first) = elements.first() else {
            return out.put_u8(code::NULL);
        };
        // Some clients know arrays of short symbols only.
        let short = |element: &Value| element.as_text().is_some_and(|text| text.len() < 256);
        if elements.iter().all(short) {
            out.put_u8(wide_code(first) - 0x10);
            for text in elements.iter().filter_map(Value::as_text) {
                out.put_u8(u8::try_from(text.len()).unwrap_or(u8::MAX));
                out.put_slice(text.as_bytes());
            }
            return;
        }
        out.put_u8(wide_code(first));
        elements.iter().for_each(|value| element(value, out));
    }
}

impl Encode for Array {
    fn encode(&self, out: &mut BytesMut) {
        encode::compound(out, code::ARRAY_8, self.elements().len(), |out| {
            self.content(out);
        });
    }
}
