//! What waits for the flusher, in the order in which it must reach the disk.

use std::sync::Arc;

use bytes::Bytes;
use crossbeam_channel::{Receiver, Sender, bounded};
use parking_lot::{Condvar, Mutex};

use super::GroupId;
use super::group::Completion;
use crate::error::EngineError;

/// Operations that may wait.
const LENGTH: usize = 16_384;

/// One change of a group's log.
pub(super) enum Operation {
    Append {
        group: GroupId,
        first: u64,
        entries: Vec<Bytes>,
        done: Completion,
    },
    Vote {
        group: GroupId,
        vote: Bytes,
        done: Completion,
    },
    /// Not synced: it only saves work after a restart.
    Committed {
        group: GroupId,
        committed: Bytes,
    },
    /// Removes entries at `from` and behind it.
    Truncate {
        group: GroupId,
        from: u64,
        done: Completion,
    },
    /// Removes entries up to and including `upto`.
    Purge {
        group: GroupId,
        upto: u64,
        mark: Bytes,
        done: Completion,
    },
    Destroy {
        group: GroupId,
        done: Completion,
    },
}

/// The one way to the disk. Bounded in operations and bytes; when full, callers block until the
/// flusher has taken some.
#[derive(Clone)]
pub(super) struct Queue {
    sender: Arc<Mutex<Option<Sender<Operation>>>>,
    pub(super) receiver: Receiver<Operation>,
    budget: Arc<Budget>,
}

struct Budget {
    limit: usize,
    used: Mutex<usize>,
    freed: Condvar,
}

// === impl Operation ===

impl Operation {
    pub(super) fn bytes(&self) -> usize {
        match self {
            Operation::Append { entries, .. } => entries.iter().map(Bytes::len).sum(),
            _ => 0,
        }
    }

    pub(super) fn needs_sync(&self) -> bool {
        !matches!(self, Operation::Committed { .. })
    }

    pub(super) fn complete(self, result: Result<(), EngineError>) {
        match self {
            Operation::Append { done, .. }
            | Operation::Vote { done, .. }
            | Operation::Truncate { done, .. }
            | Operation::Purge { done, .. }
            | Operation::Destroy { done, .. } => done(result),
            Operation::Committed { .. } => {}
        }
    }
}

// === impl Queue ===

impl Queue {
    pub(super) fn new(limit: usize) -> Queue {
        let (sender, receiver) = bounded(LENGTH);
        let budget = Budget {
            limit,
            used: Mutex::new(0),
            freed: Condvar::new(),
        };
        Queue {
            sender: Arc::new(Mutex::new(Some(sender))),
            receiver,
            budget: Arc::new(budget),
        }
    }

    pub(super) fn push(&self, operation: Operation) {
        let Some(sender) = self.sender.lock().clone() else {
            return operation.complete(Err(EngineError::Closed));
        };
        self.budget.take(operation.bytes());
        if let Err(refused) = sender.send(operation) {
            refused.into_inner().complete(Err(EngineError::Closed));
        }
    }

    /// The flusher has taken this many bytes over.
    pub(super) fn release(&self, bytes: usize) {
        self.budget.free(bytes);
    }

    pub(super) fn close(&self) {
        self.sender.lock().take();
    }
}

// === impl Budget ===

impl Budget {
    fn take(&self, bytes: usize) {
        let mut used = self.used.lock();
        // One operation always fits, however large.
        while *used > 0 && *used + bytes > self.limit {
            self.freed.wait(&mut used);
        }
        *used += bytes;
    }

    fn free(&self, bytes: usize) {
        *self.used.lock() -= bytes;
        self.freed.notify_all();
    }
}
