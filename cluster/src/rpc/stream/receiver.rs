//! The receiving half of a stream.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;

use super::{Direction, Ending, StreamError, StreamState};
use crate::rpc::connection::Connection;
use crate::rpc::frame::{Frame, FrameKind};

/// Receives on a stream. Dropped before the end, it tells the sender to stop.
///
/// As a [`futures::Stream`] it yields the messages, then ends; an error is its last item.
#[derive(Debug)]
pub struct StreamReceiver {
    state: Arc<StreamState>,
    connection: Arc<Connection>,
    failed: bool,
}

// === impl StreamReceiver ===

impl StreamReceiver {
    pub(super) fn new(state: Arc<StreamState>, connection: Arc<Connection>) -> StreamReceiver {
        StreamReceiver {
            state,
            connection,
            failed: false,
        }
    }

    /// The next message; `None` once the other end has finished. Taking messages is what gives
    /// the other end credit. Cancel-safe.
    ///
    /// # Errors
    /// [`StreamError`] if the stream ended before it was finished; what arrived comes first.
    pub async fn recv(&mut self) -> Result<Option<Bytes>, StreamError> {
        poll_fn(|context| self.poll_recv(context)).await
    }

    /// [`StreamReceiver::recv`] as a poll.
    pub fn poll_recv(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Result<Option<Bytes>, StreamError>> {
        let Some(taken) = ready!(self.state.poll_take(context))? else {
            return Poll::Ready(Ok(None));
        };
        if let Some(credit) = taken.credit {
            let payload = Bytes::copy_from_slice(&credit.to_le_bytes());
            self.connection
                .signal(Frame::new(FrameKind::Credit, 0, self.state.id(), payload));
        }
        Poll::Ready(Ok(Some(taken.message)))
    }
}

impl futures::Stream for StreamReceiver {
    type Item = Result<Bytes, StreamError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.failed {
            return Poll::Ready(None);
        }
        let next = ready!(self.poll_recv(context));
        self.failed = next.is_err();
        Poll::Ready(next.transpose())
    }
}

impl Drop for StreamReceiver {
    fn drop(&mut self) {
        let ended = self.state.end(Direction::Incoming, Ending::Stopped);
        if ended.first {
            self.connection
                .signal(Frame::signal(FrameKind::Stop, self.state.id()));
            if ended.over {
                self.connection.forget(self.state.id());
            }
        }
    }
}
