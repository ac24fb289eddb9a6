//! One established connection, as seen by everything but its two tasks.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use parking_lot::Mutex;
use roost_model::{Incarnation, NodeId};
use tokio::sync::{Semaphore, SemaphorePermit, oneshot};
use tokio::task::unconstrained;
use tokio_util::sync::CancellationToken;

use super::acceptor::Acceptor;
use super::call::{CallError, Refused};
use super::frame::{Frame, FrameKind};
use super::hello::{Hello, Lane};
use super::options::NetworkOptions;
use super::outbox::{Hold, Outbox, PushError};
use super::slots::{Slot, Slots, call_cost};
use super::stream::{Stream, StreamState};
use super::violation::Violation;

type Answer = Result<Bytes, Refused>;

/// A connection with one peer on one lane. The node that dialed it makes the calls and opens the
/// streams, the other one has an acceptor for them.
pub(crate) struct Connection {
    peer: NodeId,
    incarnation: Incarnation,
    lane: Lane,
    outbox: Outbox,
    calls: Mutex<Table<oneshot::Sender<Answer>>>,
    streams: Mutex<Table<Arc<StreamState>>>,
    next_call: AtomicU64,
    /// Credit for calls that wait for their answers.
    unanswered: Semaphore,
    call_window: u32,
    pub(super) slots: Arc<Slots>,
    pub(super) acceptor: Option<Arc<dyn Acceptor>>,
    receive_window: u32,
    send_window: u32,
    max_streams: usize,
    closed: CancellationToken,
}

/// What is under way, by id.
#[derive(Debug)]
struct Table<T> {
    entries: HashMap<u64, T>,
    /// Highest id so far.
    last: u64,
    closed: bool,
}

// === impl Table ===

impl<T> Table<T> {
    fn new() -> Mutex<Table<T>> {
        Mutex::new(Table {
            entries: HashMap::new(),
            last: 0,
            closed: false,
        })
    }
}

// === impl Connection ===

impl Connection {
    /// `hello` is the peer's; `acceptor` is there if the peer dialed.
    pub(crate) fn new(
        hello: &Hello,
        options: &NetworkOptions,
        receive_window: u32,
        acceptor: Option<Arc<dyn Acceptor>>,
    ) -> Arc<Connection> {
        let call_window = options.call_window.max(1);
        Arc::new(Connection {
            peer: hello.node,
            incarnation: hello.incarnation,
            lane: hello.lane,
            outbox: Outbox::new(options.queue_bytes),
            calls: Table::new(),
            streams: Table::new(),
            next_call: AtomicU64::new(1),
            unanswered: Semaphore::new(call_window as usize),
            call_window,
            slots: Slots::new(call_window as usize * 2),
            acceptor,
            receive_window,
            send_window: hello.window,
            max_streams: options.max_streams,
            closed: CancellationToken::new(),
        })
    }

    pub(crate) fn peer(&self) -> NodeId {
        self.peer
    }

    pub(crate) fn incarnation(&self) -> Incarnation {
        self.incarnation
    }

    pub(crate) fn lane(&self) -> Lane {
        self.lane
    }

    pub(crate) fn outbox(&self) -> &Outbox {
        &self.outbox
    }

    /// Cancelled once the connection is closed.
    pub(crate) fn closed(&self) -> &CancellationToken {
        &self.closed
    }

    /// Calls the peer. The payload's size was checked.
    pub(crate) async fn call(&self, kind: u8, payload: Bytes) -> Result<Bytes, CallError> {
        // Both waits are first come first served. tokio's cooperative budget would break that:
        // it suspends futures that need not wait, and wakes them in reverse.
        let (pending, answer) = unconstrained(self.queue_call(kind, payload)).await?;
        let answer = answer.await;
        drop(pending);
        Ok(answer.map_err(|_| CallError::Closed)??)
    }

    async fn queue_call(
        &self,
        kind: u8,
        payload: Bytes,
    ) -> Result<(Pending<'_>, oneshot::Receiver<Answer>), CallError> {
        let cost = call_cost(payload.len(), self.call_window);
        let credit = self.unanswered.acquire_many(cost).await;
        let credit = credit.map_err(|_| CallError::Unreachable)?;
        let room = self
            .outbox
            .room(payload.len())
            .await
            .map_err(|_| CallError::Unreachable)?;
        let id = self.next_call.fetch_add(1, Ordering::Relaxed);
        let (pending, answer) = self
            .expect_answer(id, credit)
            .ok_or(CallError::Unreachable)?;
        let frame = Frame::new(FrameKind::Call, kind, id, payload);
        self.outbox
            .push(frame, room)
            .map_err(|_| CallError::Unreachable)?;
        Ok((pending, answer))
    }

    fn expect_answer<'a>(
        &'a self,
        id: u64,
        credit: SemaphorePermit<'a>,
    ) -> Option<(Pending<'a>, oneshot::Receiver<Answer>)> {
        let (sender, receiver) = oneshot::channel();
        let mut calls = self.calls.lock();
        if calls.closed {
            return None;
        }
        calls.entries.insert(id, sender);
        Some((
            Pending {
                connection: self,
                id,
                _credit: credit,
            },
            receiver,
        ))
    }

    /// The peer answered; a caller that gave up is not told.
    pub(super) fn answered(&self, id: u64, answer: Answer) {
        let waiting = self.calls.lock().entries.remove(&id);
        if let Some(waiting) = waiting {
            let _ = waiting.send(answer);
        }
    }

    /// Answers a call of the peer.
    pub(super) fn reply(&self, id: u64, answer: Answer, mut slot: Slot) {
        let frame = match answer {
            Ok(payload) => Frame::new(FrameKind::Reply, 0, id, payload),
            Err(refused) => Frame::new(FrameKind::Reply, 1, id, refused.encode()),
        };
        slot.grow(frame.payload.len());
        self.queue(frame, Hold::Answer(slot));
    }

    /// Opens a stream. The header's size was checked.
    pub(crate) async fn open(
        self: &Arc<Self>,
        kind: u8,
        header: Bytes,
    ) -> Result<Stream, CallError> {
        let room = self
            .outbox
            .room(header.len())
            .await
            .map_err(|_| CallError::Unreachable)?;
        let mut streams = self.streams.lock();
        if streams.closed {
            return Err(CallError::Unreachable);
        }
        if streams.entries.len() >= self.max_streams {
            return Err(Refused::new(Refused::OVERLOADED, "too many open streams").into());
        }
        // Pushed under the lock: ids must rise on the wire.
        let id = streams.last + 1;
        let frame = Frame::new(FrameKind::Open, kind, id, header);
        self.outbox
            .push(frame, room)
            .map_err(|_| CallError::Unreachable)?;
        Ok(self.insert_stream(&mut streams, id))
    }

    /// The peer opened a stream; `None` if it has too many.
    pub(super) fn opened(self: &Arc<Self>, id: u64) -> Result<Option<Stream>, Violation> {
        let mut streams = self.streams.lock();
        if id <= streams.last {
            return Err(Violation::NotRising(id));
        }
        if streams.closed || streams.entries.len() >= self.max_streams {
            streams.last = id;
            return Ok(None);
        }
        Ok(Some(self.insert_stream(&mut streams, id)))
    }

    fn insert_stream(self: &Arc<Self>, table: &mut Table<Arc<StreamState>>, id: u64) -> Stream {
        let state = Arc::new(StreamState::new(id, self.receive_window, self.send_window));
        table.last = id;
        table.entries.insert(id, state.clone());
        Stream::new(state, self.clone())
    }

    /// A stream that a frame is for; `None` if it is over already.
    pub(super) fn stream(&self, id: u64) -> Result<Option<Arc<StreamState>>, Violation> {
        let streams = self.streams.lock();
        match streams.entries.get(&id) {
            Some(stream) => Ok(Some(stream.clone())),
            None if id <= streams.last => Ok(None),
            None => Err(Violation::NeverOpened(id)),
        }
    }

    /// Both directions of a stream have ended.
    pub(super) fn forget(&self, id: u64) {
        self.streams.lock().entries.remove(&id);
    }

    /// Queues a small frame that follows from what the peer or a stream's owner did.
    pub(super) fn signal(&self, frame: Frame) {
        self.queue(frame, Hold::Signal);
    }

    fn queue(&self, frame: Frame, hold: Hold) {
        match self.outbox.push(frame, hold) {
            // A closed connection has nobody to tell.
            Ok(()) | Err(PushError::Closed) => {}
            Err(PushError::NotReading) => {
                tracing::warn!(peer = %self.peer, "{}; link cut", Violation::NotReading);
                self.close();
            }
        }
    }

    /// Fails everything under way and ends both tasks. May be called again.
    pub(crate) fn close(&self) {
        let calls = {
            let mut table = self.calls.lock();
            table.closed = true;
            std::mem::take(&mut table.entries)
        };
        let streams = {
            let mut table = self.streams.lock();
            table.closed = true;
            std::mem::take(&mut table.entries)
        };
        self.unanswered.close();
        self.outbox.close();
        drop(calls);
        streams.values().for_each(|stream| stream.close());
        self.closed.cancel();
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("peer", &self.peer)
            .field("lane", &self.lane)
            .finish_non_exhaustive()
    }
}

/// A call whose answer is awaited; forgotten when the caller is done or gives up.
struct Pending<'a> {
    connection: &'a Connection,
    id: u64,
    _credit: SemaphorePermit<'a>,
}

impl Drop for Pending<'_> {
    fn drop(&mut self) {
        self.connection.calls.lock().entries.remove(&self.id);
    }
}
