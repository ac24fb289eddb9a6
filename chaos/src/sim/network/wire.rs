//! One connection: two ends, and what is on its way between them.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use bytes::{Buf as _, Bytes};
use parking_lot::Mutex;
use roost_model::NodeId;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::Paths;

/// Bytes under way in one direction before the writer waits, like a socket's buffers.
const CAPACITY: usize = 64 * 1024;

/// A connection. End 0 belongs to who dialed, end 1 to who accepted.
pub(super) struct Wire {
    nodes: [NodeId; 2],
    /// By the end that sends.
    directions: Mutex<[Direction; 2]>,
}

/// One end of a connection; the direction of its number is the one that it sends in.
pub(super) struct End {
    wire: Arc<Wire>,
    side: usize,
}

#[derive(Default)]
struct Direction {
    /// Since the network looked last.
    written: VecDeque<Parcel>,
    /// With the time at which they are due, ascending.
    flying: VecDeque<(u64, Parcel)>,
    arrived: VecDeque<Bytes>,
    /// Bytes in all three.
    under_way: usize,
    ended: bool,
    /// The receiver's end is gone: nobody will read.
    unread: bool,
    broken: bool,
    silent: bool,
    reader: Option<Waker>,
    writer: Option<Waker>,
}

enum Parcel {
    Bytes(Bytes),
    /// No more bytes will come.
    End,
}

// === impl Wire ===

impl Wire {
    pub(super) fn new(dialer: NodeId, acceptor: NodeId) -> Wire {
        Wire {
            nodes: [dialer, acceptor],
            directions: Mutex::default(),
        }
    }

    pub(super) fn end(wire: &Arc<Wire>, side: usize) -> End {
        let wire = Arc::clone(wire);
        End { wire, side }
    }

    /// Whether one node has made it to another.
    pub(super) fn leads(&self, from: NodeId, to: NodeId) -> bool {
        self.nodes == [from, to]
    }

    pub(super) fn joins(&self, node: NodeId) -> bool {
        self.nodes.contains(&node)
    }

    /// Both ends have been dropped.
    pub(super) fn is_over(wire: &Arc<Wire>) -> bool {
        Arc::strong_count(wire) == 1
    }

    /// Both ends get an error from now on.
    pub(super) fn break_off(&self) {
        for direction in &mut *self.directions.lock() {
            direction.broken = true;
            direction.wake();
        }
    }

    /// Nothing arrives any more, at either end.
    pub(super) fn fall_silent(&self) {
        for direction in &mut *self.directions.lock() {
            direction.silent = true;
        }
    }

    pub(super) fn deliver(&self, now: u64, paths: &mut Paths) {
        for (side, direction) in self.directions.lock().iter_mut().enumerate() {
            let (from, to) = (self.nodes[side], self.nodes[1 - side]);
            while let Some(parcel) = direction.written.pop_front() {
                let due = now + paths.delay(from, to);
                let last = direction.flying.back().map_or(0, |(due, _)| *due);
                direction.flying.push_back((due.max(last), parcel));
            }
            if !direction.silent && !paths.are_blocked(from, to) {
                direction.land(now);
            }
        }
    }
}

// === impl Direction ===

impl Direction {
    fn land(&mut self, now: u64) {
        let mut landed = false;
        while self.flying.front().is_some_and(|(due, _)| *due <= now) {
            landed = true;
            match self.flying.pop_front() {
                Some((_, Parcel::Bytes(bytes))) => self.arrived.push_back(bytes),
                Some((_, Parcel::End)) => self.ended = true,
                None => {}
            }
        }
        if landed && let Some(reader) = self.reader.take() {
            reader.wake();
        }
    }

    fn wake(&mut self) {
        let wakers = [self.reader.take(), self.writer.take()];
        wakers.into_iter().flatten().for_each(Waker::wake);
    }

    fn read(&mut self, cx: &Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.broken {
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        let Some(first) = self.arrived.front_mut() else {
            if self.ended {
                return Poll::Ready(Ok(()));
            }
            self.reader = Some(cx.waker().clone());
            return Poll::Pending;
        };
        let count = first.len().min(into.remaining());
        into.put_slice(&first[..count]);
        first.advance(count);
        if first.is_empty() {
            self.arrived.pop_front();
        }
        self.under_way -= count;
        if let Some(writer) = self.writer.take() {
            writer.wake();
        }
        Poll::Ready(Ok(()))
    }

    fn write(&mut self, cx: &Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if self.broken || self.unread {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        let room = CAPACITY.saturating_sub(self.under_way);
        if room == 0 {
            self.writer = Some(cx.waker().clone());
            return Poll::Pending;
        }
        let count = bytes.len().min(room);
        let parcel = Parcel::Bytes(Bytes::copy_from_slice(&bytes[..count]));
        self.written.push_back(parcel);
        self.under_way += count;
        Poll::Ready(Ok(count))
    }
}

// === impl End ===

impl AsyncRead for End {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.wire.directions.lock()[1 - self.side].read(cx, into)
    }
}

impl AsyncWrite for End {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.wire.directions.lock()[self.side].write(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.wire.directions.lock()[self.side]
            .written
            .push_back(Parcel::End);
        Poll::Ready(Ok(()))
    }
}

impl Drop for End {
    fn drop(&mut self) {
        let mut directions = self.wire.directions.lock();
        directions[self.side].written.push_back(Parcel::End);
        let incoming = &mut directions[1 - self.side];
        incoming.unread = true;
        incoming.reader = None;
        if let Some(writer) = incoming.writer.take() {
            writer.wake();
        }
    }
}
