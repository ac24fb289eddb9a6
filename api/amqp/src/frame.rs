//! Frames and protocol headers [2.2] [2.3].
//!
//! ```text
//!  size (4) │ doff (1) │ type (1) │ channel (2) │ … up to doff × 4 │ performative │ payload
//! ```

mod error;
mod protocol_header;
#[cfg(test)]
mod tests;

pub(crate) use self::error::FrameError;
pub(crate) use self::protocol_header::ProtocolHeader;

use bytes::{Buf, BufMut, Bytes, BytesMut};

/// Bytes of a frame header without extension.
pub(crate) const HEADER: usize = 8;

/// What a frame is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FrameKind {
    Amqp,
    Sasl,
}

/// A frame whose body is not looked at yet. Without a body it only says that the peer is alive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) kind: FrameKind,
    pub(crate) channel: u16,
    pub(crate) body: Bytes,
}

/// Takes the frame at the front of `input`; `None` while it is not all there. Its size is judged as
/// soon as it is known, before any more of the frame is read.
pub(crate) fn take(input: &mut BytesMut, max_size: u32) -> Result<Option<Frame>, FrameError> {
    let Some(header) = input.first_chunk::<HEADER>() else {
        return Ok(None);
    };
    let [s0, s1, s2, s3, data_offset, kind, c0, c1] = *header;
    let size = u32::from_be_bytes([s0, s1, s2, s3]);
    if size > max_size {
        return Err(FrameError::TooLarge { size, max_size });
    }
    let (length, offset) = (size as usize, usize::from(data_offset) * 4);
    if length < HEADER {
        return Err(FrameError::TooSmall(size));
    }
    if offset < HEADER || offset > length {
        return Err(FrameError::DataOffset(data_offset));
    }
    let kind = match kind {
        0 => FrameKind::Amqp,
        1 => FrameKind::Sasl,
        other => return Err(FrameError::UnknownType(other)),
    };
    if input.len() < length {
        return Ok(None);
    }
    let mut body = input.split_to(length).freeze();
    body.advance(offset);
    Ok(Some(Frame {
        kind,
        channel: u16::from_be_bytes([c0, c1]),
        body,
    }))
}

/// Appends a frame whose body `write` appends, and says how large it is.
pub(crate) fn put(
    out: &mut BytesMut,
    kind: FrameKind,
    channel: u16,
    write: impl FnOnce(&mut BytesMut),
) -> usize {
    let start = out.len();
    out.put_u32(0);
    out.put_slice(&[2, kind as u8]);
    out.put_u16(channel);
    write(out);
    let size = out.len() - start;
    let field = u32::try_from(size).unwrap_or(u32::MAX);
    out[start..start + 4].copy_from_slice(&field.to_be_bytes());
    size
}
