//! The unit on the wire.
//!
//! ```text
//!  u32 length │ u8 kind │ u8 detail │ u64 id │ payload        (little-endian; length counts
//!             └──────────── length bytes ────────────┘         everything after itself)
//! ```

use bytes::{Buf as _, Bytes, BytesMut};
use thiserror::Error;

/// Longest frame, in bytes after the length field.
pub(crate) const MAX_FRAME: usize = 16 * 1024 * 1024;
/// Longest frame of a handshake.
pub(crate) const MAX_HANDSHAKE_FRAME: usize = 4 * 1024;
const LENGTH: usize = 4;
const HEADER: usize = 10;
/// Bytes on the wire before the payload.
pub(crate) const HEAD: usize = LENGTH + HEADER;
/// Longest payload of a call, an answer, a stream's header or one message of a stream, in bytes.
pub const MAX_PAYLOAD: usize = MAX_FRAME - HEADER;

/// What a frame is for. Codes are never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FrameKind {
    /// First frame of each side.
    Hello = 1,
    /// Why a handshake was refused, as text.
    Goodbye = 2,
    /// Shows that the sender lives.
    Ping = 3,
    /// A call; detail is its kind.
    Call = 4,
    /// A call's answer; detail is 0 for an answer, 1 for a refusal.
    Reply = 5,
    /// Opens a stream; detail is its kind.
    Open = 6,
    /// One message of a stream.
    Data = 7,
    /// Gives the other side more credit on a stream: u32 bytes.
    Credit = 8,
    /// The sender of a stream's direction has sent everything.
    Finish = 9,
    /// The sender of a stream's direction gave up.
    Reset = 10,
    /// The receiver of a stream's direction gave up.
    Stop = 11,
}

/// One frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) kind: FrameKind,
    pub(crate) detail: u8,
    pub(crate) id: u64,
    pub(crate) payload: Bytes,
}

/// Bytes that are no frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(crate) enum FrameError {
    #[error("a frame of {0} bytes has no room for its header")]
    TooShort(usize),
    #[error("a frame of {length} bytes exceeds the limit of {limit}")]
    TooLong { length: usize, limit: usize },
    #[error("unknown frame kind {0}")]
    UnknownKind(u8),
}

/// Cuts received bytes into frames. Payloads share the received buffer.
#[derive(Debug)]
pub(crate) struct Decoder {
    buffer: BytesMut,
    limit: usize,
}

// === impl FrameKind ===

impl FrameKind {
    fn from_code(code: u8) -> Option<FrameKind> {
        use FrameKind::{
            Call, Credit, Data, Finish, Goodbye, Hello, Open, Ping, Reply, Reset, Stop,
        };
        let all = [
            Hello, Goodbye, Ping, Call, Reply, Open, Data, Credit, Finish, Reset, Stop,
        ];
        all.get(usize::from(code).checked_sub(1)?).copied()
    }
}

// === impl Frame ===

impl Frame {
    pub(crate) fn new(kind: FrameKind, detail: u8, id: u64, payload: Bytes) -> Frame {
        Frame {
            kind,
            detail,
            id,
            payload,
        }
    }

    /// A frame that says all with its kind.
    pub(crate) fn signal(kind: FrameKind, id: u64) -> Frame {
        Frame::new(kind, 0, id, Bytes::new())
    }

    /// What stands before the payload on the wire.
    pub(crate) fn head(&self) -> [u8; HEAD] {
        // Payloads are bounded by MAX_PAYLOAD before they become frames.
        let length = (HEADER + self.payload.len()) as u32;
        let mut head = [0; HEAD];
        head[..LENGTH].copy_from_slice(&length.to_le_bytes());
        head[LENGTH] = self.kind as u8;
        head[LENGTH + 1] = self.detail;
        head[LENGTH + 2..].copy_from_slice(&self.id.to_le_bytes());
        head
    }
}

// === impl Decoder ===

impl Decoder {
    pub(crate) fn new(limit: usize) -> Decoder {
        Decoder {
            buffer: BytesMut::new(),
            limit,
        }
    }

    pub(crate) fn set_limit(&mut self, limit: usize) {
        self.limit = limit;
    }

    /// Where received bytes go; appended only.
    pub(crate) fn buffer(&mut self) -> &mut BytesMut {
        &mut self.buffer
    }

    /// The next frame, or none until more bytes arrive. After an error the connection is of no
    /// further use.
    pub(crate) fn next(&mut self) -> Result<Option<Frame>, FrameError> {
        let Some(prefix) = self.buffer.first_chunk::<LENGTH>() else {
            return Ok(None);
        };
        let length = u32::from_le_bytes(*prefix) as usize;
        if length < HEADER {
            return Err(FrameError::TooShort(length));
        }
        if length > self.limit {
            return Err(FrameError::TooLong {
                length,
                limit: self.limit,
            });
        }
        if self.buffer.len() < LENGTH + length {
            return Ok(None);
        }
        let mut bytes = self.buffer.split_to(LENGTH + length).freeze();
        bytes.advance(LENGTH);
        let code = bytes.get_u8();
        let kind = FrameKind::from_code(code).ok_or(FrameError::UnknownKind(code))?;
        let detail = bytes.get_u8();
        let id = bytes.get_u64_le();
        Ok(Some(Frame {
            kind,
            detail,
            id,
            payload: bytes,
        }))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn encode(frame: &Frame) -> Vec<u8> {
        [&frame.head()[..], &frame.payload].concat()
    }

    fn drain(decoder: &mut Decoder) -> Result<Vec<Frame>, FrameError> {
        std::iter::from_fn(|| decoder.next().transpose()).collect()
    }

    fn any_frame() -> impl Strategy<Value = Frame> {
        (
            1u8..=11,
            any::<u8>(),
            any::<u64>(),
            prop::collection::vec(any::<u8>(), 0..300),
        )
            .prop_map(|(kind, detail, id, payload)| {
                Frame::new(
                    FrameKind::from_code(kind).unwrap(),
                    detail,
                    id,
                    payload.into(),
                )
            })
    }

    proptest! {
        #[test]
        fn frames_survive_any_cutting_of_the_byte_stream(
            frames in prop::collection::vec(any_frame(), 0..20),
            cuts in prop::collection::vec(1usize..64, 1..40),
        ) {
            let bytes: Vec<u8> = frames.iter().flat_map(encode).collect();
            let mut decoder = Decoder::new(MAX_FRAME);
            let mut decoded = Vec::new();
            let mut rest = &bytes[..];
            for cut in cuts.iter().cycle() {
                let (now, later) = rest.split_at((*cut).min(rest.len()));
                decoder.buffer().extend_from_slice(now);
                decoded.extend(drain(&mut decoder).unwrap());
                rest = later;
                if rest.is_empty() {
                    break;
                }
            }
            prop_assert_eq!(decoded, frames);
        }

        #[test]
        fn arbitrary_bytes_never_panic_and_never_exceed_the_limit(
            bytes in prop::collection::vec(any::<u8>(), 0..400),
            limit in 10usize..500,
        ) {
            let mut decoder = Decoder::new(limit);
            decoder.buffer().extend_from_slice(&bytes);
            if let Ok(frames) = drain(&mut decoder) {
                for frame in frames {
                    prop_assert!(frame.payload.len() + HEADER <= limit);
                }
            }
        }

        #[test]
        fn plausible_heads_with_random_tails_never_panic(
            length in 0u32..40,
            tail in prop::collection::vec(any::<u8>(), 0..200),
        ) {
            let mut decoder = Decoder::new(MAX_FRAME);
            decoder.buffer().extend_from_slice(&length.to_le_bytes());
            decoder.buffer().extend_from_slice(&tail);
            let _ = drain(&mut decoder);
        }
    }

    #[test]
    fn every_kind_survives_its_code() {
        for code in 0..=u8::MAX {
            match FrameKind::from_code(code) {
                Some(kind) => assert_eq!(kind as u8, code),
                None => assert!(code == 0 || code > 11),
            }
        }
    }

    #[test]
    fn a_length_beyond_the_limit_is_refused_before_its_bytes_arrive() {
        let mut decoder = Decoder::new(MAX_FRAME);
        decoder
            .buffer()
            .extend_from_slice(&(MAX_FRAME as u32 + 1).to_le_bytes());
        let expected = FrameError::TooLong {
            length: MAX_FRAME + 1,
            limit: MAX_FRAME,
        };
        assert_eq!(decoder.next(), Err(expected));
    }
}
