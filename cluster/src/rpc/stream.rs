//! A two-way stream of messages with byte credits in each direction.
//!
//! Each direction ends on its own: its sender finishes or gives up (reset), or its receiver gives
//! up (stop). A message costs its length plus a fixed part, but never more than half a window, so
//! that a message of any size up to [`MAX_PAYLOAD`] can pass; a receiver thus holds one window of
//! small messages, or two large ones.

mod receiver;
mod sender;
mod state;

use std::sync::Arc;

use bytes::Bytes;
use thiserror::Error;

pub use self::receiver::StreamReceiver;
pub use self::sender::{StreamSender, TrySendError};
pub(crate) use self::state::{Direction, Ending, StreamState};
use super::MAX_PAYLOAD;
use super::connection::Connection;

/// Both directions. Dropping it, or a half of it, ends what was not finished.
#[derive(Debug)]
pub struct Stream {
    sender: StreamSender,
    receiver: StreamReceiver,
}

/// Why a stream does not go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum StreamError {
    /// The other end gave up this direction.
    #[error("the other end dropped the stream")]
    Reset,
    /// The link broke.
    #[error("the link broke")]
    Closed,
    /// The message exceeds [`MAX_PAYLOAD`]; nothing was sent, the stream goes on.
    #[error("a message of {0} bytes is too large for a frame")]
    TooLarge(usize),
}

// === impl Stream ===

impl Stream {
    pub(crate) fn new(state: Arc<StreamState>, connection: Arc<Connection>) -> Stream {
        Stream {
            sender: StreamSender::new(state.clone(), connection.clone()),
            receiver: StreamReceiver::new(state, connection),
        }
    }

    /// The two directions, to be used by two tasks.
    pub fn split(self) -> (StreamSender, StreamReceiver) {
        (self.sender, self.receiver)
    }

    /// See [`StreamSender::send`].
    ///
    /// # Errors
    /// [`StreamError`].
    pub async fn send(&mut self, message: Bytes) -> Result<(), StreamError> {
        self.sender.send(message).await
    }

    /// See [`StreamSender::try_send`].
    ///
    /// # Errors
    /// [`TrySendError`].
    pub fn try_send(&mut self, message: Bytes) -> Result<(), TrySendError> {
        self.sender.try_send(message)
    }

    /// See [`StreamReceiver::recv`].
    ///
    /// # Errors
    /// [`StreamError`].
    pub async fn recv(&mut self) -> Result<Option<Bytes>, StreamError> {
        self.receiver.recv().await
    }

    /// Ends the sending direction; what was sent still arrives. Receiving goes on.
    ///
    /// # Errors
    /// [`StreamError`].
    pub async fn finish(self) -> Result<StreamReceiver, StreamError> {
        self.sender.finish().await?;
        Ok(self.receiver)
    }
}
