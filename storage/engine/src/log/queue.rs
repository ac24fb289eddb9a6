//! What waits for the flusher, in the order in which it must reach the disk.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use parking_lot::{Condvar, Mutex};

use super::group::Group;
use super::tail::Purged;
use crate::error::EngineError;

/// What an operation costs in memory beside its entries.
const OPERATION_OVERHEAD: usize = 128;

/// Runs exactly once; see [`GroupLog`](super::GroupLog).
pub type Completion = Box<dyn FnOnce(Result<(), EngineError>) + Send>;

/// One change of a group's log and who waits for it.
pub(super) struct Operation {
    pub(super) group: Arc<Group>,
    pub(super) change: Change,
    /// The group's committed marker, when it is newer than the one on disk. Never worth an fsync.
    pub(super) committed: Option<Bytes>,
    pub(super) done: Option<Completion>,
}

#[derive(Debug)]
pub(super) enum Change {
    Append {
        first: u64,
        entries: Vec<Bytes>,
        append: u64,
    },
    Vote(Bytes),
    Truncate(Range<u64>),
    Purge {
        removed: Range<u64>,
        purged: Purged,
    },
    /// Everything goes but the vote and the note of where a destroyed log ended: this one, if any.
    Destroy {
        ended: Option<Bytes>,
    },
    Nothing,
    /// Was not accepted; its completion waits for its turn.
    Refused(EngineError),
}

/// The one way to the disk. Bounded by bytes; when it is full, callers wait until the flusher has
/// written some. An operation is let in whenever nothing else waits, however large it is.
pub(super) struct Queue {
    limit: usize,
    state: Mutex<State>,
    filled: Condvar,
    freed: Condvar,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Operation>,
    /// Of what waits and of what the flusher is writing.
    bytes: usize,
    closed: bool,
}

// === impl Operation ===

impl Operation {
    /// Bytes that it takes in the queue.
    pub(super) fn cost(&self) -> usize {
        OPERATION_OVERHEAD + self.entry_bytes()
    }

    pub(super) fn entry_bytes(&self) -> usize {
        match &self.change {
            Change::Append { entries, .. } => entries.iter().map(Bytes::len).sum(),
            _ => 0,
        }
    }

    pub(super) fn entry_count(&self) -> usize {
        match &self.change {
            Change::Append { entries, .. } => entries.len(),
            _ => 0,
        }
    }

    /// Whether somebody relies on it after a crash.
    pub(super) fn needs_sync(&self) -> bool {
        !matches!(self.change, Change::Nothing | Change::Refused(_))
    }
}

// === impl State ===

impl State {
    fn move_to(&mut self, batch: &mut Vec<Operation>, most: usize) {
        let mut bytes = 0;
        while bytes < most {
            let Some(operation) = self.waiting.pop_front() else {
                break;
            };
            bytes += operation.cost();
            batch.push(operation);
        }
    }
}

// === impl Queue ===

impl Queue {
    pub(super) fn new(limit: usize) -> Queue {
        Queue {
            limit,
            state: Mutex::default(),
            filled: Condvar::new(),
            freed: Condvar::new(),
        }
    }

    /// Appends an operation, after waiting for room. In a closed queue it completes at once.
    pub(super) fn push(&self, operation: Operation) {
        let cost = operation.cost();
        let mut state = self.state.lock();
        while !state.closed && state.bytes > 0 && state.bytes.saturating_add(cost) > self.limit {
            self.freed.wait(&mut state);
        }
        if state.closed {
            drop(state);
            if let Some(done) = operation.done {
                done(Err(EngineError::Closed));
            }
            return;
        }
        self.enqueue(&mut state, operation, cost);
    }

    /// Appends an operation even if there is no room: for the few of an orderly end.
    pub(super) fn push_unbounded(&self, operation: Operation) {
        let mut state = self.state.lock();
        if !state.closed {
            let cost = operation.cost();
            self.enqueue(&mut state, operation, cost);
        }
    }

    fn enqueue(&self, state: &mut State, operation: Operation, cost: usize) {
        state.bytes += cost;
        state.waiting.push_back(operation);
        self.filled.notify_one();
    }

    /// Waits for operations and moves them to `batch`, up to about `most` bytes. False when the queue
    /// is closed and empty. The bytes stay in use until [`Queue::release`].
    pub(super) fn take(&self, batch: &mut Vec<Operation>, most: usize) -> bool {
        let mut state = self.state.lock();
        while state.waiting.is_empty() {
            if state.closed {
                return false;
            }
            self.filled.wait(&mut state);
        }
        state.move_to(batch, most);
        true
    }

    /// As [`Queue::take`], without waiting.
    pub(super) fn take_waiting(&self, batch: &mut Vec<Operation>, most: usize) {
        self.state.lock().move_to(batch, most);
    }

    /// Whether operations wait to be taken.
    pub(super) fn is_empty(&self) -> bool {
        self.state.lock().waiting.is_empty()
    }

    /// Closes, and forgets what waits; its completions never run.
    pub(super) fn abandon(&self) {
        self.close();
        let waiting = std::mem::take(&mut self.state.lock().waiting);
        // Outside of the lock: what a completion holds may come back here when it is dropped.
        drop(waiting);
    }

    /// What had these bytes is written.
    pub(super) fn release(&self, bytes: usize) {
        self.state.lock().bytes -= bytes;
        self.freed.notify_all();
    }

    /// Lets nothing more in. What waits already is still taken.
    pub(super) fn close(&self) {
        self.state.lock().closed = true;
        self.filled.notify_all();
        self.freed.notify_all();
    }
}
