//! What a stream's halves share with the connection's reader.

use std::collections::VecDeque;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use parking_lot::Mutex;
use tokio::sync::Semaphore;

use super::StreamError;
use crate::rpc::violation::Violation;

/// What a message costs besides its payload, so that empty messages are bounded, too.
const OVERHEAD: usize = 64;

/// One stream at one end.
#[derive(Debug)]
pub(crate) struct StreamState {
    id: u64,
    /// Credit that the other end has at most, in bytes.
    receive_window: u32,
    /// Credit that this end has at most, in bytes.
    send_window: u32,
    /// What the other end still takes.
    credit: Semaphore,
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    received: VecDeque<Bytes>,
    /// Credit that the other end has used and not got back.
    outstanding: u32,
    /// The part of it whose messages were taken.
    owed: u32,
    reader: Option<Waker>,
    incoming: Option<Ending>,
    outgoing: Option<Ending>,
}

/// How a direction ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Its sender sent everything.
    Finished,
    /// Its sender gave up.
    Reset,
    /// Its receiver gave up.
    Stopped,
    /// The connection is gone.
    Closed,
}

/// Seen from this end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    Incoming,
    Outgoing,
}

/// What ending a direction did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ended {
    /// It had not ended before.
    pub(crate) first: bool,
    /// Both directions have ended: the connection may forget the stream.
    pub(crate) over: bool,
}

/// A message taken from the queue.
#[derive(Debug)]
pub(crate) struct Taken {
    pub(crate) message: Bytes,
    /// Credit to give back now, if any.
    pub(crate) credit: Option<u32>,
}

// === impl StreamState ===

impl StreamState {
    pub(crate) fn new(id: u64, receive_window: u32, send_window: u32) -> StreamState {
        let inner = Inner {
            received: VecDeque::new(),
            outstanding: 0,
            owed: 0,
            reader: None,
            incoming: None,
            outgoing: None,
        };
        StreamState {
            id,
            receive_window,
            send_window,
            credit: Semaphore::new(send_window as usize),
            inner: Mutex::new(inner),
        }
    }

    pub(crate) fn id(&self) -> u64 {
        self.id
    }

    pub(crate) fn credit(&self) -> &Semaphore {
        &self.credit
    }

    /// What sending a message costs.
    pub(crate) fn send_cost(&self, payload: usize) -> u32 {
        cost(payload, self.send_window)
    }

    /// Why nothing more can be sent.
    pub(crate) fn send_error(&self) -> StreamError {
        match self.inner.lock().outgoing {
            Some(Ending::Closed) => StreamError::Closed,
            _ => StreamError::Reset,
        }
    }

    /// The other end sent a message.
    pub(crate) fn deliver(&self, message: Bytes) -> Result<(), Violation> {
        let mut inner = self.inner.lock();
        match inner.incoming {
            // Sent before the other end knew.
            Some(Ending::Stopped | Ending::Closed) => return Ok(()),
            Some(Ending::Finished | Ending::Reset) => return Err(Violation::AfterEnd(self.id)),
            None => {}
        }
        let used = inner
            .outstanding
            .checked_add(cost(message.len(), self.receive_window));
        let used = used.filter(|used| *used <= self.receive_window);
        inner.outstanding = used.ok_or(Violation::Overrun(self.id))?;
        inner.received.push_back(message);
        inner.wake();
        Ok(())
    }

    /// The other end gave credit.
    pub(crate) fn give(&self, bytes: u32) -> Result<(), Violation> {
        // Only this call adds, so the check cannot be overtaken.
        let total = self.credit.available_permits() + bytes as usize;
        if total > self.send_window as usize {
            return Err(Violation::ExcessCredit(self.id));
        }
        self.credit.add_permits(bytes as usize);
        Ok(())
    }

    /// The next message. `Ready(Ok(None))` at the end.
    pub(crate) fn poll_take(
        &self,
        context: &mut Context<'_>,
    ) -> Poll<Result<Option<Taken>, StreamError>> {
        let mut inner = self.inner.lock();
        if let Some(message) = inner.received.pop_front() {
            let credit = inner.took(
                cost(message.len(), self.receive_window),
                self.receive_window,
            );
            return Poll::Ready(Ok(Some(Taken { message, credit })));
        }
        match inner.incoming {
            Some(Ending::Finished | Ending::Stopped) => Poll::Ready(Ok(None)),
            Some(Ending::Reset) => Poll::Ready(Err(StreamError::Reset)),
            Some(Ending::Closed) => Poll::Ready(Err(StreamError::Closed)),
            None => {
                inner.reader = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }

    /// Ends a direction; its first ending stands.
    pub(crate) fn end(&self, direction: Direction, ending: Ending) -> Ended {
        let mut inner = self.inner.lock();
        let slot = match direction {
            Direction::Incoming => &mut inner.incoming,
            Direction::Outgoing => &mut inner.outgoing,
        };
        let first = slot.is_none();
        slot.get_or_insert(ending);
        let over = inner.incoming.is_some() && inner.outgoing.is_some();
        match direction {
            Direction::Incoming => {
                if ending == Ending::Stopped {
                    inner.received.clear();
                }
                inner.wake();
            }
            Direction::Outgoing => self.credit.close(),
        }
        Ended { first, over }
    }

    /// The sender of the incoming direction says that it ended; it can say so once.
    pub(crate) fn end_by_peer(&self, ending: Ending) -> Result<Ended, Violation> {
        let ended = self.end(Direction::Incoming, ending);
        let known = self.inner.lock().incoming;
        if !ended.first && matches!(known, Some(Ending::Finished | Ending::Reset)) {
            return Err(Violation::AfterEnd(self.id));
        }
        Ok(ended)
    }

    /// The connection is gone.
    pub(crate) fn close(&self) {
        self.end(Direction::Incoming, Ending::Closed);
        self.end(Direction::Outgoing, Ending::Closed);
    }
}

/// Never more than half a window: with less than a quarter withheld by the receiver (see
/// [`Inner::took`]), every message passes in the end.
fn cost(payload: usize, window: u32) -> u32 {
    u32::try_from(payload + OVERHEAD)
        .unwrap_or(u32::MAX)
        .min(window / 2)
}

// === impl Inner ===

impl Inner {
    /// Gives credit back in quarters of the window, not message by message.
    fn took(&mut self, cost: u32, window: u32) -> Option<u32> {
        self.owed += cost;
        if self.owed < window / 4 || self.incoming.is_some() {
            return None;
        }
        self.outstanding -= self.owed;
        Some(std::mem::take(&mut self.owed))
    }

    fn wake(&mut self) {
        if let Some(waker) = self.reader.take() {
            waker.wake();
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::task::noop_waker;

    use super::*;

    const WINDOW: u32 = 64 * 1024;

    fn stream() -> StreamState {
        StreamState::new(1, WINDOW, WINDOW)
    }

    fn take(stream: &StreamState) -> Poll<Result<Option<Taken>, StreamError>> {
        stream.poll_take(&mut Context::from_waker(&noop_waker()))
    }

    #[test]
    fn a_peer_that_exceeds_its_window_is_caught() {
        let stream = stream();
        let message = Bytes::from(vec![0; 10_000]);
        for _ in 0..6 {
            stream.deliver(message.clone()).unwrap();
        }
        assert_eq!(stream.deliver(message), Err(Violation::Overrun(1)));
    }

    #[test]
    fn empty_messages_are_bounded_too() {
        let stream = stream();
        let count = (0..).find(|_| stream.deliver(Bytes::new()).is_err());
        assert_eq!(count, Some(WINDOW as usize / OVERHEAD));
    }

    #[test]
    fn credit_beyond_the_window_is_caught() {
        assert_eq!(stream().give(1), Err(Violation::ExcessCredit(1)));
        assert_eq!(stream().give(u32::MAX), Err(Violation::ExcessCredit(1)));
    }

    #[test]
    fn taking_gives_all_credit_back_but_less_than_a_quarter() {
        let stream = stream();
        let mut given = 0;
        for _ in 0..100 {
            stream.deliver(Bytes::from(vec![0; 1000])).unwrap();
            let Poll::Ready(Ok(Some(taken))) = take(&stream) else {
                panic!("nothing there")
            };
            given += taken.credit.unwrap_or(0);
        }
        let used = 100 * (1000 + OVERHEAD as u32);
        assert!(
            given <= used && used - given < WINDOW / 4,
            "{given} of {used}"
        );
    }

    #[test]
    fn what_arrived_before_the_end_is_still_delivered() {
        let stream = stream();
        stream.deliver(Bytes::from_static(b"last words")).unwrap();
        stream.close();
        assert!(matches!(take(&stream), Poll::Ready(Ok(Some(_)))));
        assert!(matches!(
            take(&stream),
            Poll::Ready(Err(StreamError::Closed))
        ));
    }

    #[test]
    fn a_direction_ends_once() {
        let stream = stream();
        let ended = stream.end_by_peer(Ending::Finished).unwrap();
        assert!(ended.first && !ended.over);
        assert_eq!(
            stream.end_by_peer(Ending::Reset),
            Err(Violation::AfterEnd(1))
        );
        assert_eq!(stream.deliver(Bytes::new()), Err(Violation::AfterEnd(1)));
        assert!(stream.end(Direction::Outgoing, Ending::Stopped).over);
    }

    #[test]
    fn a_message_after_the_receiver_gave_up_is_ignored() {
        let stream = stream();
        stream.end(Direction::Incoming, Ending::Stopped);
        assert_eq!(stream.deliver(Bytes::new()), Ok(()));
        assert!(stream.end_by_peer(Ending::Finished).is_ok());
    }
}
