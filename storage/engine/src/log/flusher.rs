//! Who writes: what waits becomes one batch, one fsync, and then completions.

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Instant;

use rocksdb::{ColumnFamily, DB, WriteBatch, WriteOptions};

use super::GroupId;
use super::drive::Step;
use super::group::CacheShare;
use super::layout::{self, Mark, end_of, entry_key, mark_key};
use super::queue::{Change, Operation, Queue};
use crate::error::EngineError;
use crate::failure::Failure;
use crate::metrics;

/// A batch takes in no more once it has this many bytes.
const BATCH_BYTES: usize = 1 << 20;

/// Runs on a thread of its own, or is driven; see [`LogDrive`](super::LogDrive).
pub(super) struct Flusher {
    pub(super) db: Arc<DB>,
    pub(super) queue: Arc<Queue>,
    pub(super) failure: Arc<Failure>,
    pub(super) cache: Arc<CacheShare>,
}

// === impl Flusher ===

impl Flusher {
    /// Starts the thread. It ends when the queue is closed and empty.
    pub(super) fn start(self) -> Result<JoinHandle<()>, EngineError> {
        Ok(std::thread::Builder::new()
            .name("log-writer".into())
            .spawn(move || self.run())?)
    }

    fn run(self) {
        let mut batch = Vec::new();
        while self.queue.take(&mut batch, BATCH_BYTES) {
            self.flush(&mut batch);
        }
    }

    /// Writes one batch of what waits.
    pub(super) fn step(&self) -> Step {
        let mut batch = Vec::new();
        self.queue.take_waiting(&mut batch, BATCH_BYTES);
        if batch.is_empty() {
            return Step::Idle;
        }
        let synced = batch.iter().any(Operation::needs_sync);
        self.flush(&mut batch);
        if synced { Step::Synced } else { Step::Written }
    }

    fn flush(&self, batch: &mut Vec<Operation>) {
        let result = self.failure.check().and_then(|()| self.write(batch));
        if let Err(error) = &result {
            // Never tried again: after a failed fsync the kernel may have dropped the pages.
            self.failure.set(error);
        }
        self.queue.release(batch.iter().map(Operation::cost).sum());
        for operation in batch.drain(..) {
            self.complete(operation, &result);
        }
    }

    fn write(&self, operations: &[Operation]) -> Result<(), EngineError> {
        let entries = layout::family(&self.db, layout::ENTRIES)?;
        let marks = layout::family(&self.db, layout::MARKS)?;
        let bytes = operations.iter().map(Operation::cost).sum();
        let mut batch = WriteBatch::with_capacity_bytes(bytes);
        for operation in operations {
            put(&mut batch, operation, entries, marks);
        }
        if batch.is_empty() {
            return Ok(());
        }
        let to_sync = operations
            .iter()
            .filter(|operation| operation.needs_sync())
            .count();
        let mut options = WriteOptions::default();
        options.set_sync(to_sync > 0);
        let started = Instant::now();
        self.db.write_opt(batch, &options)?;
        let count = operations.iter().map(Operation::entry_count).sum();
        if to_sync > 0 {
            metrics::log_synced(started.elapsed(), to_sync, count);
        }
        metrics::log_written(count, operations.iter().map(Operation::entry_bytes).sum());
        Ok(())
    }

    fn complete(&self, operation: Operation, result: &Result<(), EngineError>) {
        let result = match (operation.change, result) {
            (Change::Refused(error), _) => Err(error),
            (Change::Append { append, .. }, Ok(())) => {
                operation
                    .group
                    .tail
                    .lock()
                    .durable(append, self.cache.of_a_group());
                Ok(())
            }
            (_, result) => result.clone(),
        };
        let Some(done) = operation.done else { return };
        // The others must still hear of their entries.
        if catch_unwind(AssertUnwindSafe(|| done(result))).is_err() {
            tracing::error!(
                group = operation.group.id.0,
                "a completion of the log has panicked"
            );
        }
    }
}

fn put(
    batch: &mut WriteBatch,
    operation: &Operation,
    entries: &ColumnFamily,
    marks: &ColumnFamily,
) {
    let group = operation.group.id;
    match &operation.change {
        Change::Append {
            first,
            entries: appended,
            ..
        } => {
            for (index, entry) in (*first..).zip(appended) {
                batch.put_cf(entries, entry_key(group, index), entry);
            }
        }
        Change::Vote(vote) => batch.put_cf(marks, mark_key(Mark::Vote, group), vote),
        Change::Truncate(removed) => remove(batch, entries, group, removed),
        Change::Purge { removed, purged } => {
            remove(batch, entries, group, removed);
            batch.put_cf(
                marks,
                mark_key(Mark::Purged, group),
                layout::encode_purged(purged),
            );
        }
        Change::Destroy { ended } => {
            batch.delete_range_cf(entries, &entry_key(group, 0)[..], &end_of(group)[..]);
            for mark in [Mark::Committed, Mark::Purged] {
                batch.delete_cf(marks, mark_key(mark, group));
            }
            if let Some(ended) = ended {
                batch.put_cf(marks, mark_key(Mark::Ended, group), ended);
            }
        }
        Change::Nothing | Change::Refused(_) => {}
    }
    if let Some(committed) = &operation.committed {
        batch.put_cf(marks, mark_key(Mark::Committed, group), committed);
    }
}

fn remove(batch: &mut WriteBatch, entries: &ColumnFamily, group: GroupId, indexes: &Range<u64>) {
    if !indexes.is_empty() {
        let (from, to) = (
            entry_key(group, indexes.start),
            entry_key(group, indexes.end),
        );
        batch.delete_range_cf(entries, from, to);
    }
}
