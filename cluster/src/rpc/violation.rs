//! Ways to break the protocol; each ends the connection it came on.

use thiserror::Error;

use super::frame::{FrameError, FrameKind};

#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum Violation {
    #[error(transparent)]
    Frame(#[from] FrameError),
    #[error("a {0:?} frame is not for this side or this moment")]
    Misplaced(FrameKind),
    #[error("malformed payload of a {0:?} frame")]
    Payload(FrameKind),
    #[error("stream {0} was never opened")]
    NeverOpened(u64),
    #[error("stream ids must rise, {0} does not")]
    NotRising(u64),
    #[error("stream {0} carries more than its window")]
    Overrun(u64),
    #[error("stream {0} was given more credit than its window")]
    ExcessCredit(u64),
    #[error("stream {0} goes on after its end")]
    AfterEnd(u64),
    #[error("it does not read its answers")]
    NotReading,
}
