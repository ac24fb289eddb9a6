//! A cursor over input that is bounded in length, depth and number of values.

use bytes::Bytes;

use super::code::{self, Layout};
use super::descriptor::Descriptor;
use super::error::DecodeError;
use crate::limits;

/// Reads values off shared bytes. Binary values are slices of them, nothing else is.
#[derive(Debug)]
pub struct Reader<'a> {
    input: &'a Bytes,
    position: usize,
    /// End of the innermost compound value, at the outside of the input.
    end: usize,
    depth: u8,
    values: u32,
}

/// Size and count of a list, map or array.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Extent {
    /// Bytes behind the count.
    pub(crate) size: usize,
    pub(crate) count: u32,
}

impl<'a> Reader<'a> {
    /// Reads `input` from its start.
    pub fn new(input: &'a Bytes) -> Reader<'a> {
        Reader {
            input,
            position: 0,
            end: input.len(),
            depth: 0,
            values: 0,
        }
    }

    /// Bytes left in the innermost compound value.
    pub fn remaining(&self) -> usize {
        self.end - self.position
    }

    /// Offset from the start of the input.
    pub(crate) fn position(&self) -> usize {
        self.position
    }

    /// What is left, shared.
    pub(crate) fn rest(&mut self) -> Bytes {
        let rest = self.input.slice(self.position..self.end);
        self.position = self.end;
        rest
    }

    /// Shares what lies between `start` and here.
    pub(crate) fn since(&self, start: usize) -> Bytes {
        self.input.slice(start..self.position)
    }

    pub(crate) fn peek(&self) -> Result<u8, DecodeError> {
        self.input[self.position..self.end]
            .first()
            .copied()
            .ok_or(DecodeError::Truncated)
    }

    pub(crate) fn byte(&mut self) -> Result<u8, DecodeError> {
        Ok(self.take::<1>()?[0])
    }

    pub(crate) fn take<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        let mut bytes = [0; N];
        bytes.copy_from_slice(self.slice(N)?);
        Ok(bytes)
    }

    pub(crate) fn slice(&mut self, length: usize) -> Result<&'a [u8], DecodeError> {
        if length > self.remaining() {
            return Err(DecodeError::Truncated);
        }
        let start = self.position;
        self.position += length;
        Ok(&self.input[start..self.position])
    }

    pub(crate) fn share(&mut self, length: usize) -> Result<Bytes, DecodeError> {
        let start = self.position;
        self.slice(length)?;
        Ok(self.since(start))
    }

    /// The length in front of a variable-width value.
    pub(crate) fn length(&mut self, wide: bool) -> Result<usize, DecodeError> {
        Ok(if wide {
            u32::from_be_bytes(self.take()?) as usize
        } else {
            usize::from(self.byte()?)
        })
    }

    /// Size and count of a compound value or array.
    pub(crate) fn extent(&mut self, wide: bool) -> Result<Extent, DecodeError> {
        let size = self.length(wide)?;
        // The size counts the bytes of the count.
        let size = size
            .checked_sub(if wide { 4 } else { 1 })
            .ok_or(DecodeError::SizeMismatch)?;
        let count = self.length(wide)?;
        if size > self.remaining() {
            return Err(DecodeError::Truncated);
        }
        // Every value has at least its constructor; elements of an array have at least one byte.
        if count > size {
            return Err(DecodeError::SizeMismatch);
        }
        let count = u32::try_from(count).map_err(|_| DecodeError::SizeMismatch)?;
        Ok(Extent { size, count })
    }

    /// Charges one value against [`limits::MAX_VALUES`].
    pub(crate) fn charge(&mut self) -> Result<(), DecodeError> {
        self.values += 1;
        if self.values > limits::MAX_VALUES {
            return Err(DecodeError::TooManyValues);
        }
        Ok(())
    }

    /// One level deeper, within the next `size` bytes, and behind them afterwards.
    pub(crate) fn within<T>(
        &mut self,
        size: usize,
        read: impl FnOnce(&mut Self) -> Result<T, DecodeError>,
    ) -> Result<T, DecodeError> {
        if size > self.remaining() {
            return Err(DecodeError::Truncated);
        }
        let (outer, inner) = (self.end, self.position + size);
        self.end = inner;
        let value = self.deeper(read)?;
        self.end = outer;
        self.position = inner;
        Ok(value)
    }

    /// One level deeper without an end of its own, as behind a descriptor.
    pub(crate) fn deeper<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, DecodeError>,
    ) -> Result<T, DecodeError> {
        if self.depth == limits::MAX_DEPTH {
            return Err(DecodeError::TooDeep);
        }
        self.depth += 1;
        let value = read(self)?;
        self.depth -= 1;
        Ok(value)
    }

    /// The descriptor of a composite, numeric or symbolic [1.3].
    pub(crate) fn descriptor(&mut self) -> Result<Descriptor, DecodeError> {
        match self.byte()? {
            code::DESCRIBED => {}
            found => {
                return Err(DecodeError::WrongType {
                    expected: "a described value",
                    found,
                });
            }
        }
        match self.byte()? {
            code::ULONG_0 => Ok(Descriptor(0)),
            code::SMALL_ULONG => Ok(Descriptor(u64::from(self.byte()?))),
            code::ULONG => Ok(Descriptor(u64::from_be_bytes(self.take()?))),
            found @ (code::SYMBOL_8 | code::SYMBOL_32) => {
                let length = self.length(found == code::SYMBOL_32)?;
                Descriptor::named(self.slice(length)?).ok_or(DecodeError::UnknownDescriptor)
            }
            found => Err(DecodeError::WrongType {
                expected: "a descriptor",
                found,
            }),
        }
    }

    /// Goes over one value without looking into it.
    pub(crate) fn skip(&mut self) -> Result<(), DecodeError> {
        // A descriptor is a value too, so that each of them adds one more to go over.
        let mut values = 1_u32;
        while values > 0 {
            let code = self.byte()?;
            if code == code::DESCRIBED {
                values += 1;
                continue;
            }
            let length = match Layout::of(code).ok_or(DecodeError::UnknownConstructor(code))? {
                Layout::Fixed(width) => width,
                Layout::Variable { wide } | Layout::Compound { wide } | Layout::Array { wide } => {
                    self.length(wide)?
                }
            };
            self.slice(length)?;
            values -= 1;
        }
        Ok(())
    }
}
