//! What a client did wrong, and what that ends.

use crate::codec::performative::{AmqpError, condition};
use crate::codec::{DecodeError, Symbol};
use crate::frame::FrameError;

/// What ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    /// The link with this handle on the channel of the frame.
    Link(u32),
    /// The session on the channel of the frame.
    Session,
    /// Everything.
    Connection,
}

/// A violation of the standard, or something that it lets us refuse.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Fault {
    pub(super) scope: Scope,
    pub(super) error: AmqpError,
}

/// Result of what a frame does.
pub(super) type Handled = Result<(), Fault>;

impl Fault {
    pub(super) fn link(handle: u32, condition: Symbol, description: impl Into<String>) -> Fault {
        Fault {
            scope: Scope::Link(handle),
            error: AmqpError::new(condition, description),
        }
    }

    pub(super) fn session(condition: Symbol, description: impl Into<String>) -> Fault {
        Fault {
            scope: Scope::Session,
            error: AmqpError::new(condition, description),
        }
    }

    pub(super) fn connection(condition: Symbol, description: impl Into<String>) -> Fault {
        Fault {
            scope: Scope::Connection,
            error: AmqpError::new(condition, description),
        }
    }

    pub(super) fn unattached(handle: u32) -> Fault {
        Fault::session(
            condition::UNATTACHED_HANDLE,
            format!("no link is attached under handle {handle}"),
        )
    }
}

impl From<DecodeError> for Fault {
    fn from(error: DecodeError) -> Fault {
        Fault::connection(condition::DECODE_ERROR, error.to_string())
    }
}

impl From<FrameError> for Fault {
    fn from(error: FrameError) -> Fault {
        Fault::connection(condition::FRAMING_ERROR, error.to_string())
    }
}
