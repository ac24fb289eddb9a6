//! What a call can come to, other than its answer.

use bytes::{Buf as _, BufMut as _, Bytes, BytesMut};
use thiserror::Error;

/// Longest refusal text that is sent, in bytes.
const MAX_MESSAGE: usize = 1024;

/// A call or an attempt to open a stream that brought nothing.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CallError {
    /// There is no link to the node, or it broke before anything was sent.
    #[error("the node cannot be reached")]
    Unreachable,
    /// No answer in time; the peer may have acted.
    #[error("the call timed out")]
    TimedOut,
    /// The peer answered that it will not.
    #[error("refused with {code}: {message}")]
    Refused {
        /// The application's code, or one of the constants of [`Refused`].
        code: u16,
        /// For the log.
        message: String,
    },
    /// The link broke while the call was under way; the peer may have acted.
    #[error("the link broke during the call")]
    Closed,
    /// The payload exceeds [`MAX_PAYLOAD`](super::MAX_PAYLOAD); nothing was sent.
    #[error("a payload of {0} bytes is too large for a frame")]
    TooLarge(usize),
}

/// An answer that says no.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("refused with {code}: {message}")]
pub struct Refused {
    /// The application's code. Codes from `0xff00` on belong to the mux.
    pub code: u16,
    /// For the log; cut after 1 KiB.
    pub message: String,
}

// === impl Refused ===

impl Refused {
    /// The peer has too many unanswered calls of this node. Not acted on: may be retried.
    pub const OVERLOADED: u16 = 0xff01;
    /// The peer dropped the call without an answer.
    pub const UNANSWERED: u16 = 0xff02;
    /// The answer does not fit a frame.
    pub const ANSWER_TOO_LARGE: u16 = 0xff03;

    /// A refusal with an application's code.
    pub fn new(code: u16, message: impl Into<String>) -> Refused {
        Refused {
            code,
            message: message.into(),
        }
    }

    pub(crate) fn encode(&self) -> Bytes {
        let text = self.message.as_bytes();
        let text = &text[..text.len().min(MAX_MESSAGE)];
        let mut out = BytesMut::with_capacity(2 + text.len());
        out.put_u16_le(self.code);
        out.put_slice(text);
        out.freeze()
    }

    /// `None` if the bytes are too short for a code.
    pub(crate) fn decode(mut bytes: Bytes) -> Option<Refused> {
        let code = bytes.try_get_u16_le().ok()?;
        Some(Refused {
            code,
            message: String::from_utf8_lossy(&bytes).into_owned(),
        })
    }
}

impl From<Refused> for CallError {
    fn from(refused: Refused) -> CallError {
        CallError::Refused {
            code: refused.code,
            message: refused.message,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_survives_its_encoding_and_a_long_text_is_cut() {
        let refused = Refused::new(404, "no such group");
        assert_eq!(Refused::decode(refused.encode()), Some(refused));
        let long = Refused::new(1, "ä".repeat(5000));
        let decoded = Refused::decode(long.encode()).unwrap();
        assert_eq!(
            decoded
                .message
                .chars()
                .filter(|letter| *letter == 'ä')
                .count(),
            512
        );
        assert_eq!(Refused::decode(Bytes::from_static(&[1])), None);
    }
}
