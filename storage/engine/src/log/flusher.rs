//! The thread that writes: what waits becomes one batch, one fsync, and then completions.

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Instant;

use rocksdb::{DB, WriteBatch, WriteOptions};

use super::layout::{self, Mark, entry_key, mark_key};
use super::queue::{Operation, Queue};
use crate::error::EngineError;
use crate::metrics;

/// A batch takes in no more once it has this many bytes.
const BATCH_BYTES: usize = 1 << 20;
const BATCH_OPERATIONS: usize = 1024;

pub(super) fn start(db: Arc<DB>, queue: Queue) -> Result<JoinHandle<()>, EngineError> {
    std::thread::Builder::new()
        .name("log-writer".into())
        .spawn(move || run(&db, &queue))
        .map_err(|error| EngineError::Io(error.to_string().into()))
}

fn run(db: &DB, queue: &Queue) {
    let mut poisoned: Option<EngineError> = None;
    while let Ok(first) = queue.receiver.recv() {
        let mut bytes = first.bytes();
        let mut operations = vec![first];
        while bytes < BATCH_BYTES && operations.len() < BATCH_OPERATIONS {
            let Ok(next) = queue.receiver.try_recv() else {
                break;
            };
            bytes += next.bytes();
            operations.push(next);
        }
        let result = match &poisoned {
            Some(error) => Err(error.clone()),
            None => write(db, &operations),
        };
        if let (Err(error), None) = (&result, &poisoned) {
            // After a failed fsync the kernel may have dropped the pages: nothing that is asked
            // of this file later can be trusted.
            tracing::error!(%error, "the log cannot be written; this node must restart");
            poisoned = Some(error.poison());
        }
        queue.release(bytes);
        for operation in operations {
            operation.complete(result.clone());
        }
    }
}

fn write(db: &DB, operations: &[Operation]) -> Result<(), EngineError> {
    let entries = layout::family(db, layout::ENTRIES)?;
    let marks = layout::family(db, layout::MARKS)?;
    let mut batch = WriteBatch::default();
    for operation in operations {
        match operation {
            Operation::Append {
                group,
                first,
                entries: appended,
                ..
            } => {
                for (offset, entry) in appended.iter().enumerate() {
                    batch.put_cf(entries, entry_key(*group, first + offset as u64), entry);
                }
            }
            Operation::Vote { group, vote, .. } => {
                batch.put_cf(marks, mark_key(Mark::Vote, *group), vote);
            }
            Operation::Committed { group, committed } => {
                batch.put_cf(marks, mark_key(Mark::Committed, *group), committed);
            }
            Operation::Truncate { group, from, .. } => {
                let end = layout::end_of(*group);
                batch.delete_range_cf(entries, &entry_key(*group, *from)[..], &end[..]);
            }
            Operation::Purge {
                group, upto, mark, ..
            } => {
                let (from, to) = (entry_key(*group, 0), entry_key(*group, upto + 1));
                batch.delete_range_cf(entries, from, to);
                batch.put_cf(marks, mark_key(Mark::Purged, *group), mark);
            }
            Operation::Destroy { group, .. } => {
                let end = layout::end_of(*group);
                batch.delete_range_cf(entries, &entry_key(*group, 0)[..], &end[..]);
                for mark in [Mark::Vote, Mark::Committed, Mark::Purged] {
                    batch.delete_cf(marks, mark_key(mark, *group));
                }
            }
        }
    }
    let synced = operations
        .iter()
        .filter(|operation| operation.needs_sync())
        .count();
    let mut options = WriteOptions::default();
    options.set_sync(synced > 0);
    let started = Instant::now();
    db.write_opt(batch, &options)?;
    if synced > 0 {
        metrics::synced(started.elapsed(), synced);
    }
    Ok(())
}
