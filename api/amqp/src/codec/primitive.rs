//! The primitive types that fields of composites have.

use bytes::{BufMut, Bytes, BytesMut};

use super::code;
use super::decode::Decode;
use super::encode::{self, Encode};
use super::error::DecodeError;
use super::reader::Reader;

impl Encode for bool {
    fn encode(&self, out: &mut BytesMut) {
        out.put_u8(if *self { code::TRUE } else { code::FALSE });
    }
}

impl Decode for bool {
    fn decode(reader: &mut Reader<'_>) -> Result<bool, DecodeError> {
        match reader.byte()? {
            code::TRUE => Ok(true),
            code::FALSE => Ok(false),
            code::BOOLEAN => match reader.byte()? {
                0 => Ok(false),
                1 => Ok(true),
                _ => Err(DecodeError::InvalidValue("boolean")),
            },
            found => Err(DecodeError::WrongType {
                expected: "boolean",
                found,
            }),
        }
    }
}

/// An unsigned integer of any width: clients write a smaller or larger one than the field has.
fn unsigned(reader: &mut Reader<'_>, expected: &'static str) -> Result<u64, DecodeError> {
    Ok(match reader.byte()? {
        code::UINT_0 | code::ULONG_0 => 0,
        code::UBYTE | code::SMALL_UINT | code::SMALL_ULONG => u64::from(reader.byte()?),
        code::USHORT => u64::from(u16::from_be_bytes(reader.take()?)),
        code::UINT => u64::from(u32::from_be_bytes(reader.take()?)),
        code::ULONG => u64::from_be_bytes(reader.take()?),
        found => return Err(DecodeError::WrongType { expected, found }),
    })
}

macro_rules! unsigned {
    ($($type:ty, $name:literal, |$value:ident, $out:ident| $write:expr;)*) => {$(
        impl Encode for $type {
            fn encode(&self, $out: &mut BytesMut) {
                let $value = *self;
                $write;
            }
        }

        impl Decode for $type {
            fn decode(reader: &mut Reader<'_>) -> Result<$type, DecodeError> {
                <$type>::try_from(unsigned(reader, $name)?)
                    .map_err(|_| DecodeError::InvalidValue($name))
            }
        }
    )*};
}

unsigned! {
    u8, "ubyte", |value, out| out.put_slice(&[code::UBYTE, value]);
    u16, "ushort", |value, out| {
        out.put_u8(code::USHORT);
        out.put_u16(value);
    };
    u32, "uint", |value, out| match u8::try_from(value) {
        Ok(0) => out.put_u8(code::UINT_0),
        Ok(small) => out.put_slice(&[code::SMALL_UINT, small]),
        Err(_) => {
            out.put_u8(code::UINT);
            out.put_u32(value);
        }
    };
    u64, "ulong", |value, out| match u8::try_from(value) {
        Ok(0) => out.put_u8(code::ULONG_0),
        Ok(small) => out.put_slice(&[code::SMALL_ULONG, small]),
        Err(_) => {
            out.put_u8(code::ULONG);
            out.put_u64(value);
        }
    };
}

/// Milliseconds since 1970 [1.6.17].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp(pub i64);

impl Encode for Timestamp {
    fn encode(&self, out: &mut BytesMut) {
        out.put_u8(code::TIMESTAMP);
        out.put_i64(self.0);
    }
}

impl Decode for Timestamp {
    fn decode(reader: &mut Reader<'_>) -> Result<Timestamp, DecodeError> {
        match reader.byte()? {
            code::TIMESTAMP => Ok(Timestamp(i64::from_be_bytes(reader.take()?))),
            found => Err(DecodeError::WrongType {
                expected: "timestamp",
                found,
            }),
        }
    }
}

impl Encode for str {
    fn encode(&self, out: &mut BytesMut) {
        encode::variable(out, code::STRING_8, self.as_bytes());
    }
}

impl Encode for String {
    fn encode(&self, out: &mut BytesMut) {
        self.as_str().encode(out);
    }
}

/// Takes symbols too: clients mix the two up where the standard wants a string.
impl Decode for String {
    fn decode(reader: &mut Reader<'_>) -> Result<String, DecodeError> {
        text(reader, "string")
    }
}

/// A string or symbol. It is copied: names outlive the frame, and a slice would hold on to all of it.
pub(super) fn text(reader: &mut Reader<'_>, expected: &'static str) -> Result<String, DecodeError> {
    let code = reader.byte()?;
    match code {
        code::STRING_8 | code::SYMBOL_8 | code::STRING_32 | code::SYMBOL_32 => {}
        found => return Err(DecodeError::WrongType { expected, found }),
    }
    let wide = matches!(code, code::STRING_32 | code::SYMBOL_32);
    let symbol = matches!(code, code::SYMBOL_8 | code::SYMBOL_32);
    let length = reader.length(wide)?;
    utf8(reader.slice(length)?, symbol)
}

/// Symbols are ASCII, strings UTF-8.
pub(super) fn utf8(bytes: &[u8], symbol: bool) -> Result<String, DecodeError> {
    if symbol && !bytes.is_ascii() {
        return Err(DecodeError::InvalidValue("symbol in ASCII"));
    }
    std::str::from_utf8(bytes)
        .map(str::to_owned)
        .map_err(|_| DecodeError::InvalidValue("string in UTF-8"))
}

impl Encode for Bytes {
    fn encode(&self, out: &mut BytesMut) {
        encode::variable(out, code::BINARY_8, self);
    }
}

/// Shares the input.
impl Decode for Bytes {
    fn decode(reader: &mut Reader<'_>) -> Result<Bytes, DecodeError> {
        let code = reader.byte()?;
        match code {
            code::BINARY_8 | code::BINARY_32 => {
                let length = reader.length(code == code::BINARY_32)?;
                reader.share(length)
            }
            found => Err(DecodeError::WrongType {
                expected: "binary",
                found,
            }),
        }
    }
}
