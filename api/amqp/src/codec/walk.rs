//! Looks through a value that stays as it is: a body that is handed on without being unfolded.

use super::code::{self, Layout};
use super::error::DecodeError;
use super::reader::Reader;

/// Goes over one value and everything in it. Whoever decodes it later meets no surprise, and neither
/// does a client that has no bound for the depth.
pub(crate) fn walk(reader: &mut Reader<'_>) -> Result<(), DecodeError> {
    let code = reader.byte()?;
    if code == code::DESCRIBED {
        return reader.deeper(|reader| {
            walk(reader)?;
            walk(reader)
        });
    }
    walk_behind(code, reader)
}

fn walk_behind(code: u8, reader: &mut Reader<'_>) -> Result<(), DecodeError> {
    match Layout::of(code).ok_or(DecodeError::UnknownConstructor(code))? {
        Layout::Fixed(width) => reader.slice(width).map(drop),
        Layout::Variable { wide } => {
            let length = reader.length(wide)?;
            reader.slice(length).map(drop)
        }
        Layout::Compound { wide } => {
            let extent = reader.extent(wide)?;
            reader.within(extent.size, |reader| {
                (0..extent.count).try_for_each(|_| walk(reader))
            })
        }
        Layout::Array { wide } => {
            let extent = reader.extent(wide)?;
            reader.within(extent.size, |reader| {
                let element = reader.byte()?;
                if extent.count == 0 {
                    return Ok(());
                }
                if element == code::DESCRIBED || Layout::of(element) == Some(Layout::Fixed(0)) {
                    return Err(DecodeError::UnsupportedArray);
                }
                (0..extent.count).try_for_each(|_| walk_behind(element, reader))
            })
        }
    }
}
