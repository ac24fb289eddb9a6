//! Reading a type.

use super::error::DecodeError;
use super::reader::Reader;

/// A type that can be read, constructor included.
pub trait Decode: Sized {
    /// Reads one value and leaves the reader behind it.
    ///
    /// # Errors
    ///
    /// The bytes are of another type, or out of the bounds of the reader.
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError>;

    /// Reads a value that fills `input`.
    ///
    /// # Errors
    ///
    /// As [`decode`](Decode::decode), and when bytes are left.
    fn from_bytes(input: &bytes::Bytes) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(input);
        let value = Self::decode(&mut reader)?;
        if reader.remaining() > 0 {
            return Err(DecodeError::Trailing);
        }
        Ok(value)
    }
}
