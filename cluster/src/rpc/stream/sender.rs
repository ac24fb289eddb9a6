//! The sending half of a stream.

use std::sync::Arc;

use bytes::Bytes;
use thiserror::Error;
use tokio::sync::TryAcquireError;

use super::{Direction, Ending, MAX_PAYLOAD, StreamError, StreamState};
use crate::rpc::connection::Connection;
use crate::rpc::frame::{Frame, FrameKind};

/// Sends on a stream. Dropped before [`StreamSender::finish`], it resets its direction.
#[derive(Debug)]
pub struct StreamSender {
    state: Arc<StreamState>,
    connection: Arc<Connection>,
}

/// Why a message was not sent at once.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TrySendError {
    /// There is no credit or no room now; the message comes back.
    #[error("no credit now")]
    Full(Bytes),
    /// There will not be, either.
    #[error(transparent)]
    Ended(#[from] StreamError),
}

// === impl StreamSender ===

impl StreamSender {
    pub(super) fn new(state: Arc<StreamState>, connection: Arc<Connection>) -> StreamSender {
        StreamSender { state, connection }
    }

    /// Waits for credit and queues the message. Cancel-safe: a dropped call has sent nothing.
    ///
    /// # Errors
    /// [`StreamError`]; a message that was queued earlier may then be lost, too.
    pub async fn send(&mut self, message: Bytes) -> Result<(), StreamError> {
        check(&message)?;
        let cost = self.state.send_cost(message.len());
        let credit = self.state.credit().acquire_many(cost).await;
        let credit = credit.map_err(|_| self.state.send_error())?;
        let room = self.connection.outbox().room(message.len()).await;
        let room = room.map_err(|_| StreamError::Closed)?;
        let frame = Frame::new(FrameKind::Data, 0, self.state.id(), message);
        self.connection
            .outbox()
            .push(frame, room)
            .map_err(|_| StreamError::Closed)?;
        credit.forget();
        Ok(())
    }

    /// Queues the message if there is credit and room now.
    ///
    /// # Errors
    /// [`TrySendError::Full`] with the message, or [`TrySendError::Ended`].
    pub fn try_send(&mut self, message: Bytes) -> Result<(), TrySendError> {
        check(&message)?;
        let cost = self.state.send_cost(message.len());
        let credit = match self.state.credit().try_acquire_many(cost) {
            Ok(credit) => credit,
            Err(TryAcquireError::NoPermits) => return Err(TrySendError::Full(message)),
            Err(TryAcquireError::Closed) => return Err(self.state.send_error().into()),
        };
        let Some(room) = self.connection.outbox().try_room(message.len()) else {
            return Err(TrySendError::Full(message));
        };
        let frame = Frame::new(FrameKind::Data, 0, self.state.id(), message);
        self.connection
            .outbox()
            .push(frame, room)
            .map_err(|_| StreamError::Closed)?;
        credit.forget();
        Ok(())
    }

    /// Ends the direction; what was sent still arrives, and the receiver then sees the end.
    ///
    /// # Errors
    /// [`StreamError`] if the receiver gave up or the link broke.
    pub async fn finish(self) -> Result<(), StreamError> {
        let room = self
            .connection
            .outbox()
            .room(0)
            .await
            .map_err(|_| StreamError::Closed)?;
        let ended = self.state.end(Direction::Outgoing, Ending::Finished);
        if !ended.first {
            return Err(self.state.send_error());
        }
        let frame = Frame::signal(FrameKind::Finish, self.state.id());
        let pushed = self.connection.outbox().push(frame, room);
        if ended.over {
            self.connection.forget(self.state.id());
        }
        pushed.map_err(|_| StreamError::Closed)
    }
}

fn check(message: &Bytes) -> Result<(), StreamError> {
    match message.len() {
        length if length > MAX_PAYLOAD => Err(StreamError::TooLarge(length)),
        _ => Ok(()),
    }
}

impl Drop for StreamSender {
    fn drop(&mut self) {
        let ended = self.state.end(Direction::Outgoing, Ending::Reset);
        if ended.first {
            self.connection
                .signal(Frame::signal(FrameKind::Reset, self.state.id()));
            if ended.over {
                self.connection.forget(self.state.id());
            }
        }
    }
}
