//! Why bytes are no frame.

use thiserror::Error;

/// Always ends the connection with `amqp:connection:framing-error`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(crate) enum FrameError {
    #[error("a frame of {size} bytes exceeds the max-frame-size of {max_size}")]
    TooLarge { size: u32, max_size: u32 },
    #[error("a frame of {0} bytes has no room for its header")]
    TooSmall(u32),
    #[error("a data offset of {0} lies outside of the frame")]
    DataOffset(u8),
    #[error("there is no frame type {0}")]
    UnknownType(u8),
    #[error("a frame of the wrong layer")]
    WrongLayer,
}
