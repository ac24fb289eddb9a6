//! The log database: Raft logs and votes of every group, one flusher thread, one fsync for many.
//!
//! ```text
//!  group 1 append ─┐
//!  group 2 vote   ─┼─► queue (one, FIFO) ─► flusher: one batch, one fsync ─► completions, in order
//!  group 1 append ─┘
//! ```
//!
//! Entries can be read as soon as they are appended; they are durable when their completion runs.
//! What waits while an fsync is under way goes into the next batch, so batches grow with load and
//! no timer is involved.

mod flusher;
mod group;
mod layout;
mod queue;

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;

use parking_lot::Mutex;
use rocksdb::{ColumnFamilyDescriptor, DB};

use crate::error::EngineError;
use crate::options::LogOptions;
use group::GroupState;
pub use group::{Completion, GroupLog};
use queue::{Operation, Queue};

/// A Raft group within the node's log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupId(pub u32);

/// The log database of a node. Cheap to clone; closed with its last handle.
#[derive(Clone)]
pub struct LogStore {
    inner: Arc<Inner>,
}

struct Inner {
    db: Arc<DB>,
    queue: Queue,
    options: LogOptions,
    groups: Mutex<HashMap<GroupId, Arc<GroupState>>>,
    flusher: Mutex<Option<JoinHandle<()>>>,
}

impl std::fmt::Debug for LogStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LogStore")
            .field("path", &self.inner.db.path())
            .finish_non_exhaustive()
    }
}

// === impl LogStore ===

impl LogStore {
    /// Opens or creates the database and starts its flusher.
    ///
    /// # Errors
    /// [`EngineError`] when the directory cannot be used or its contents are damaged.
    pub fn open(path: &Path, options: LogOptions) -> Result<LogStore, EngineError> {
        let families = [layout::ENTRIES, layout::MARKS]
            .map(|name| ColumnFamilyDescriptor::new(name, options.table()));
        let db = Arc::new(DB::open_cf_descriptors(
            &options.database(),
            path,
            families,
        )?);
        let queue = Queue::new(options.queue_bytes);
        let flusher = flusher::start(Arc::clone(&db), queue.clone())?;
        let inner = Inner {
            db,
            queue,
            options,
            groups: Mutex::default(),
            flusher: Mutex::new(Some(flusher)),
        };
        Ok(LogStore {
            inner: Arc::new(inner),
        })
    }

    /// The log of a group; empty if there is none yet.
    ///
    /// # Errors
    /// [`EngineError`] when what is stored of the group cannot be read.
    pub fn group(&self, id: GroupId) -> Result<GroupLog, EngineError> {
        let mut groups = self.inner.groups.lock();
        let state = match groups.get(&id) {
            Some(state) => Arc::clone(state),
            None => {
                let state = Arc::new(GroupState::load(&self.inner.db, id)?);
                groups.insert(id, Arc::clone(&state));
                state
            }
        };
        Ok(GroupLog::new(id, state, Arc::clone(&self.inner)))
    }

    /// Removes everything that is stored of a group. Its handles must not be used any more.
    ///
    /// # Errors
    /// [`EngineError`] when the removal could not be made durable.
    pub fn destroy_group(&self, id: GroupId) -> Result<(), EngineError> {
        self.inner.groups.lock().remove(&id);
        let (done, destroyed) = crossbeam_channel::bounded(1);
        self.inner.queue.push(Operation::Destroy {
            group: id,
            done: Box::new(move |result| drop(done.send(result))),
        });
        destroyed.recv().unwrap_or(Err(EngineError::Closed))
    }

    /// Flushes what is queued and stops. Later operations complete with [`EngineError::Closed`].
    pub fn close(&self) {
        self.inner.close();
    }
}

// === impl Inner ===

impl Inner {
    fn close(&self) {
        self.queue.close();
        if let Some(flusher) = self.flusher.lock().take() {
            // The last handle may be dropped by a completion, on the flusher itself.
            if flusher.thread().id() != std::thread::current().id() && flusher.join().is_err() {
                tracing::error!("the log flusher has panicked");
            }
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.close();
    }
}

#[cfg(test)]
mod tests;
