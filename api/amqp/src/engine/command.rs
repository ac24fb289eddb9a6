//! What the host can do.

mod accept;
mod credit;
mod finish;
mod send;
mod settle;

pub use self::accept::Accept;
pub use self::send::SendError;

use thiserror::Error;

/// The link or session is gone; [`Event`](super::Event) told of it, or will on the next poll.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the link or session is gone")]
pub struct Gone;
