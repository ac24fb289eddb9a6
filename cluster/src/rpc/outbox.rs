//! What waits for one connection's writer.
//!
//! Frames that local callers make (calls, opens, data) first take room, and wait for it. Answers
//! are bounded by the calls they answer. The rest (pings, credit, resets) is small and follows
//! from what the peer sent; a peer that causes it but does not read is cut off.

use std::collections::VecDeque;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

use super::frame::{Frame, HEAD};
use super::slots::Slot;

/// Frames without a bound of their own that may wait.
const MAX_SIGNALS: usize = 64 * 1024;
/// What a frame costs besides its payload.
const OVERHEAD: usize = HEAD + 50;

/// A bounded queue of frames.
#[derive(Debug)]
pub(crate) struct Outbox {
    queue: Mutex<Queue>,
    filled: Notify,
    room: Arc<Semaphore>,
    capacity: u32,
}

#[derive(Debug, Default)]
struct Queue {
    frames: VecDeque<Outbound>,
    signals: usize,
    closed: bool,
}

/// A frame, and what it holds until it is written.
#[derive(Debug)]
pub(crate) struct Outbound {
    pub(crate) frame: Frame,
    pub(crate) hold: Hold,
}

/// Released when the writer has taken the frame.
#[derive(Debug)]
#[expect(dead_code, reason = "held for their drop")]
pub(crate) enum Hold {
    Signal,
    Room(OwnedSemaphorePermit),
    Answer(Slot),
}

/// Why a frame was not queued.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PushError {
    /// The connection is gone.
    Closed,
    /// The peer causes answers but does not read them.
    NotReading,
}

// === impl Outbox ===

impl Outbox {
    pub(crate) fn new(capacity: u32) -> Outbox {
        let capacity = capacity.max(OVERHEAD as u32);
        Outbox {
            queue: Mutex::default(),
            filled: Notify::new(),
            room: Arc::new(Semaphore::new(capacity as usize)),
            capacity,
        }
    }

    /// Waits, first come first served, until a frame with such a payload may be queued.
    pub(crate) async fn room(&self, payload: usize) -> Result<Hold, PushError> {
        let room = self
            .room
            .clone()
            .acquire_many_owned(self.cost(payload))
            .await;
        room.map(Hold::Room).map_err(|_| PushError::Closed)
    }

    /// The same without waiting; `None` when there is no room now.
    pub(crate) fn try_room(&self, payload: usize) -> Option<Hold> {
        self.room
            .clone()
            .try_acquire_many_owned(self.cost(payload))
            .ok()
            .map(Hold::Room)
    }

    /// A frame may exceed the whole queue: it then waits until the queue is empty.
    fn cost(&self, payload: usize) -> u32 {
        u32::try_from(payload + OVERHEAD)
            .unwrap_or(u32::MAX)
            .min(self.capacity)
    }

    pub(crate) fn push(&self, frame: Frame, hold: Hold) -> Result<(), PushError> {
        let mut queue = self.queue.lock();
        if queue.closed {
            return Err(PushError::Closed);
        }
        if matches!(hold, Hold::Signal) {
            if queue.signals == MAX_SIGNALS {
                return Err(PushError::NotReading);
            }
            queue.signals += 1;
        }
        queue.frames.push_back(Outbound { frame, hold });
        let was_empty = queue.frames.len() == 1;
        drop(queue);
        if was_empty {
            self.filled.notify_one();
        }
        Ok(())
    }

    /// Waits until something may be queued. Cancel-safe; may return early.
    pub(crate) async fn filled(&self) {
        self.filled.notified().await;
    }

    /// Moves everything queued to `batch`, which is empty; false if there was nothing.
    pub(crate) fn take(&self, batch: &mut VecDeque<Outbound>) -> bool {
        let mut queue = self.queue.lock();
        std::mem::swap(&mut queue.frames, batch);
        queue.signals = 0;
        !batch.is_empty()
    }

    /// Drops what is queued and refuses what comes.
    pub(crate) fn close(&self) {
        let dropped = {
            let mut queue = self.queue.lock();
            queue.closed = true;
            std::mem::take(&mut queue.frames)
        };
        self.room.close();
        drop(dropped);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rpc::frame::FrameKind;

    fn frame() -> Frame {
        Frame::signal(FrameKind::Ping, 0)
    }

    #[tokio::test]
    async fn room_comes_back_when_the_writer_is_done_with_a_frame() {
        let outbox = Outbox::new(1000);
        let hold = outbox.room(5000).await.unwrap();
        outbox.push(frame(), hold).unwrap();
        assert!(outbox.try_room(0).is_none());
        let mut batch = VecDeque::new();
        assert!(outbox.take(&mut batch));
        assert!(outbox.try_room(0).is_none(), "not written yet");
        batch.clear();
        assert!(outbox.try_room(0).is_some());
    }

    #[test]
    fn a_peer_that_does_not_read_is_noticed() {
        let outbox = Outbox::new(1000);
        for _ in 0..MAX_SIGNALS {
            outbox.push(frame(), Hold::Signal).unwrap();
        }
        assert_eq!(
            outbox.push(frame(), Hold::Signal),
            Err(PushError::NotReading)
        );
    }

    #[tokio::test]
    async fn closing_fails_those_who_wait() {
        let outbox = Arc::new(Outbox::new(1000));
        let hold = outbox.room(1000).await.unwrap();
        let waiting = tokio::spawn({
            let outbox = outbox.clone();
            async move { outbox.room(1).await.map(|_| ()) }
        });
        tokio::task::yield_now().await;
        outbox.close();
        assert_eq!(waiting.await.unwrap(), Err(PushError::Closed));
        assert_eq!(outbox.push(frame(), hold), Err(PushError::Closed));
    }
}
