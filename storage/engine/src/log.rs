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

mod drive;
mod flusher;
mod group;
mod handle;
mod layout;
mod queue;
mod recovery;
mod tail;

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::thread::JoinHandle;

use bytes::Bytes;
use parking_lot::Mutex;
use rocksdb::{ColumnFamilyDescriptor, DB};

use crate::error::EngineError;
use crate::failure::{Failed, Failure};
use crate::files;
use crate::options::LogOptions;
pub use drive::{LogDrive, Step};
use flusher::Flusher;
use group::{CacheShare, Group};
pub use handle::GroupLog;
pub use queue::Completion;
use queue::{Change, Operation, Queue};

/// A Raft group within the node's log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupId(pub u32);

/// The log database of a node. Cheap to clone; closed with its last handle, [`GroupLog`]s included.
#[derive(Clone)]
pub struct LogStore {
    inner: Arc<Inner>,
}

pub(crate) struct Inner {
    db: Arc<DB>,
    queue: Arc<Queue>,
    failure: Arc<Failure>,
    cache: Arc<CacheShare>,
    groups: Mutex<HashMap<GroupId, Arc<Group>>>,
    writer: Mutex<Writer>,
}

/// Who empties the queue.
enum Writer {
    Thread(JoinHandle<()>),
    /// Whoever holds the [`LogDrive`]; and who must wait for a write here, does it himself.
    Driven(Arc<Flusher>),
    Stopped,
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
    /// Opens or creates the database, finds the groups in it and starts the flusher thread.
    ///
    /// # Errors
    /// [`EngineError`] when the directory cannot be used or its contents are damaged. A torn end
    /// of the newest log file is no damage: nobody was told that it was durable.
    pub fn open(path: &Path, options: LogOptions) -> Result<LogStore, EngineError> {
        LogStore::open_with(path, options, |flusher| {
            Ok((Writer::Thread(flusher.start()?), ()))
        })
        .map(|(store, ())| store)
    }

    /// As [`LogStore::open`], without a thread: nothing is written before the drive is told to. The
    /// queue has no bound then, because nobody could wait for room on the thread that makes it.
    ///
    /// # Errors
    /// As [`LogStore::open`].
    pub fn open_driven(
        path: &Path,
        options: LogOptions,
    ) -> Result<(LogStore, LogDrive), EngineError> {
        let options = LogOptions {
            queue_bytes: usize::MAX,
            ..options
        };
        LogStore::open_with(path, options, |flusher| {
            let flusher = Arc::new(flusher);
            let drive = LogDrive::new(Arc::clone(&flusher));
            Ok((Writer::Driven(flusher), drive))
        })
    }

    fn open_with<T>(
        path: &Path,
        options: LogOptions,
        write: impl FnOnce(Flusher) -> Result<(Writer, T), EngineError>,
    ) -> Result<(LogStore, T), EngineError> {
        let families = [layout::ENTRIES, layout::MARKS]
            .map(|name| ColumnFamilyDescriptor::new(name, options.family()));
        let db = Arc::new(DB::open_cf_descriptors(
            &options.database(),
            path,
            families,
        )?);
        let groups = recovery::load(&db)?;
        let cache = Arc::new(CacheShare::new(options.cache_bytes, groups.len()));
        let queue = Arc::new(Queue::new(options.queue_bytes));
        let failure = Arc::new(Failure::default());
        let (writer, rest) = write(Flusher {
            db: Arc::clone(&db),
            queue: Arc::clone(&queue),
            failure: Arc::clone(&failure),
            cache: Arc::clone(&cache),
        })?;
        let inner = Inner {
            db,
            queue,
            failure,
            cache,
            groups: Mutex::new(groups),
            writer: Mutex::new(writer),
        };
        let inner = Arc::new(inner);
        Ok((LogStore { inner }, rest))
    }

    /// The log of a group; empty if there is none yet.
    ///
    /// # Errors
    /// [`EngineError::Poisoned`] when the store is out of service.
    pub fn group(&self, id: GroupId) -> Result<GroupLog, EngineError> {
        self.inner.failure.check()?;
        let mut groups = self.inner.groups.lock();
        let known = groups.len();
        let group = Arc::clone(groups.entry(id).or_insert_with(|| Arc::new(Group::new(id))));
        if groups.len() > known {
            self.inner.cache.set_groups(groups.len());
        }
        Ok(GroupLog::new(group, Arc::clone(&self.inner)))
    }

    /// The groups of which something is stored, ascending.
    pub fn groups(&self) -> Vec<GroupId> {
        let groups = self.inner.groups.lock();
        let stored = groups
            .values()
            .filter(|group| !group.tail.lock().is_blank());
        let mut ids: Vec<GroupId> = stored.map(|group| group.id).collect();
        ids.sort_unstable();
        ids
    }

    /// Removes the log of a group, durably. Changes through handles from before complete with
    /// [`EngineError::Closed`]; a handle taken afterwards starts an empty log. What was promised
    /// stays: the vote, and `ended`, by which the caller knows where the log ended; the note of an
    /// earlier time when none is given. Blocks for an fsync.
    ///
    /// # Errors
    /// [`EngineError`] when the removal could not be made durable.
    pub fn destroy_group(&self, id: GroupId, ended: Option<Bytes>) -> Result<(), EngineError> {
        let (done, destroyed) = sync_channel(1);
        {
            let mut groups = self.inner.groups.lock();
            let group = groups
                .remove(&id)
                .unwrap_or_else(|| Arc::new(Group::new(id)));
            let _order = group.order.lock();
            let next = group.tail.lock().destroy(ended.clone());
            let operation = Operation {
                group: Arc::clone(&group),
                change: Change::Destroy { ended },
                committed: None,
                done: Some(Box::new(move |result| drop(done.send(result)))),
            };
            // Queued before anybody can get a new handle: what that one appends comes behind.
            self.inner.queue.push(operation);
            if !next.is_blank() {
                groups.insert(id, Arc::new(Group::with_tail(id, next)));
            }
            self.inner.cache.set_groups(groups.len());
        }
        self.inner.drive();
        destroyed.recv().unwrap_or(Err(EngineError::Closed))
    }

    /// Resolves when a write or fsync has failed. Everything queued and later completes with
    /// [`EngineError::Poisoned`], and the node must restart.
    pub fn failed(&self) -> Failed {
        self.inner.failure.failed()
    }

    /// Copies the files of this moment to `dir`, which must not exist: what a process finds that
    /// starts after this one was killed. What waits for the flusher is not in it.
    ///
    /// # Errors
    /// [`EngineError`] when the directory exists or cannot be written.
    pub fn copy_files(&self, dir: &Path) -> Result<(), EngineError> {
        files::copy(&self.inner.db, dir)
    }

    /// Writes what is queued and stops the flusher. Later changes complete at once, on the caller's
    /// thread, with [`EngineError::Closed`]. Blocks for the writes that are queued.
    pub fn close(&self) {
        self.inner.close();
    }
}

// === impl Inner ===

impl Inner {
    fn close(&self) {
        let groups: Vec<Arc<Group>> = self.groups.lock().values().cloned().collect();
        for group in groups {
            let _order = group.order.lock();
            let committed = group.tail.lock().take_unsaved_committed();
            if committed.is_some() {
                let operation = Operation {
                    group: Arc::clone(&group),
                    change: Change::Nothing,
                    committed,
                    done: None,
                };
                self.queue.push_unbounded(operation);
            }
        }
        self.queue.close();
        self.drive();
        let writer = std::mem::replace(&mut *self.writer.lock(), Writer::Stopped);
        if let Writer::Thread(thread) = writer {
            // The last handle may be dropped by a completion, on the flusher itself.
            if thread.thread().id() != std::thread::current().id() && thread.join().is_err() {
                tracing::error!("the log flusher has panicked");
            }
        }
    }

    /// Writes all that waits, if no thread does.
    fn drive(&self) {
        let flusher = match &*self.writer.lock() {
            Writer::Driven(flusher) => Arc::clone(flusher),
            Writer::Thread(_) | Writer::Stopped => return,
        };
        while flusher.step() != Step::Idle {}
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.close();
    }
}

#[cfg(test)]
mod tests;
