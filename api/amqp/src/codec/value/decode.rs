//! Reading any value.

use super::{Array, Described, Value};
use crate::codec::code::{self, Layout};
use crate::codec::decode::Decode;
use crate::codec::error::DecodeError;
use crate::codec::map::Map;
use crate::codec::primitive::utf8;
use crate::codec::reader::Reader;
use crate::codec::symbol::Symbol;

impl Decode for Value {
    fn decode(reader: &mut Reader<'_>) -> Result<Value, DecodeError> {
        let code = reader.byte()?;
        if code != code::DESCRIBED {
            return behind(code, reader);
        }
        reader.charge()?;
        reader.deeper(|reader| {
            let descriptor = Value::decode(reader)?;
            let value = Value::decode(reader)?;
            Ok(Value::from(Described { descriptor, value }))
        })
    }
}

/// The value behind its constructor.
fn behind(code: u8, reader: &mut Reader<'_>) -> Result<Value, DecodeError> {
    reader.charge()?;
    match Layout::of(code).ok_or(DecodeError::UnknownConstructor(code))? {
        Layout::Fixed(_) => fixed(code, reader),
        Layout::Variable { wide } => variable(code, wide, reader),
        Layout::Compound { wide } => compound(code, wide, reader),
        Layout::Array { wide } => array(wide, reader).map(Value::Array),
    }
}

fn fixed(code: u8, reader: &mut Reader<'_>) -> Result<Value, DecodeError> {
    Ok(match code {
        code::NULL => Value::Null,
        code::TRUE => Value::Boolean(true),
        code::FALSE => Value::Boolean(false),
        code::UINT_0 => Value::Uint(0),
        code::ULONG_0 => Value::Ulong(0),
        code::LIST_0 => Value::List(Vec::new()),
        code::UBYTE => Value::Ubyte(reader.byte()?),
        code::BYTE => Value::Byte(i8::from_be_bytes(reader.take()?)),
        code::SMALL_UINT => Value::Uint(u32::from(reader.byte()?)),
        code::SMALL_ULONG => Value::Ulong(u64::from(reader.byte()?)),
        code::SMALL_INT => Value::Int(i32::from(i8::from_be_bytes(reader.take()?))),
        code::SMALL_LONG => Value::Long(i64::from(i8::from_be_bytes(reader.take()?))),
        code::BOOLEAN => match reader.byte()? {
            0 => Value::Boolean(false),
            1 => Value::Boolean(true),
            _ => return Err(DecodeError::InvalidValue("boolean")),
        },
        code::USHORT => Value::Ushort(u16::from_be_bytes(reader.take()?)),
        code::SHORT => Value::Short(i16::from_be_bytes(reader.take()?)),
        code::UINT => Value::Uint(u32::from_be_bytes(reader.take()?)),
        code::INT => Value::Int(i32::from_be_bytes(reader.take()?)),
        code::FLOAT => Value::Float(f32::from_be_bytes(reader.take()?)),
        code::CHAR => char::from_u32(u32::from_be_bytes(reader.take()?))
            .map(Value::Char)
            .ok_or(DecodeError::InvalidValue("character of Unicode"))?,
        code::DECIMAL_32 => Value::Decimal32(reader.take()?),
        code::ULONG => Value::Ulong(u64::from_be_bytes(reader.take()?)),
        code::LONG => Value::Long(i64::from_be_bytes(reader.take()?)),
        code::DOUBLE => Value::Double(f64::from_be_bytes(reader.take()?)),
        code::TIMESTAMP => Value::Timestamp(i64::from_be_bytes(reader.take()?)),
        code::DECIMAL_64 => Value::Decimal64(reader.take()?),
        code::DECIMAL_128 => Value::Decimal128(reader.take()?),
        code::UUID => Value::Uuid(reader.take()?),
        _ => return Err(DecodeError::UnknownConstructor(code)),
    })
}

fn variable(code: u8, wide: bool, reader: &mut Reader<'_>) -> Result<Value, DecodeError> {
    let length = reader.length(wide)?;
    Ok(match code {
        code::BINARY_8 | code::BINARY_32 => Value::Binary(reader.share(length)?),
        code::STRING_8 | code::STRING_32 => Value::String(utf8(reader.slice(length)?, false)?),
        code::SYMBOL_8 | code::SYMBOL_32 => {
            Value::Symbol(Symbol::from(utf8(reader.slice(length)?, true)?))
        }
        _ => return Err(DecodeError::UnknownConstructor(code)),
    })
}

fn compound(code: u8, wide: bool, reader: &mut Reader<'_>) -> Result<Value, DecodeError> {
    match code {
        code::LIST_8 | code::LIST_32 => list(wide, reader).map(Value::List),
        code::MAP_8 | code::MAP_32 => Map::decode_entries(reader, wide).map(Value::Map),
        _ => Err(DecodeError::UnknownConstructor(code)),
    }
}

fn list(wide: bool, reader: &mut Reader<'_>) -> Result<Vec<Value>, DecodeError> {
    let extent = reader.extent(wide)?;
    reader.within(extent.size, |reader| {
        let mut elements = Vec::new();
        for _ in 0..extent.count {
            elements.push(Value::decode(reader)?);
        }
        match reader.remaining() {
            0 => Ok(elements),
            _ => Err(DecodeError::SizeMismatch),
        }
    })
}

fn array(wide: bool, reader: &mut Reader<'_>) -> Result<Array, DecodeError> {
    let extent = reader.extent(wide)?;
    reader.within(extent.size, |reader| {
        let element = reader.byte()?;
        if extent.count == 0 {
            return Ok(Array::default());
        }
        if element == code::DESCRIBED || Layout::of(element) == Some(Layout::Fixed(0)) {
            return Err(DecodeError::UnsupportedArray);
        }
        let mut elements = Vec::new();
        for _ in 0..extent.count {
            elements.push(behind(element, reader)?);
        }
        if reader.remaining() > 0 {
            return Err(DecodeError::SizeMismatch);
        }
        Array::new(elements).map_err(|_| DecodeError::UnsupportedArray)
    })
}
