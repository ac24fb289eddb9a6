//! The state database: tables without a write-ahead log, flushed together.
//!
//! A write is in memory until [`StateStore::flush`], which puts everything written before it on
//! disk, over all tables at one point. After a crash the database holds a prefix of the writes,
//! whole over all tables; whoever owns the rows keeps the position to replay from among them.
//! [`StateStore::ingest`] and [`StateStore::drop_files_in_range`] change files and so are durable
//! at once.

mod bulk;
mod cursor;
mod files;
mod scan;
mod view;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use bytes::Bytes;
use parking_lot::Mutex;
use rocksdb::{
    Cache, ColumnFamily, ColumnFamilyDescriptor, DB, FlushOptions, WriteBatch, WriteOptions,
};

use crate::batch::{Batch, Change};
use crate::error::EngineError;
use crate::failure::{Failed, Failure};
use crate::metrics;
use crate::options::StateOptions;
use crate::table::{TableId, TableSpec};
pub use bulk::BulkWriter;
pub use cursor::Cursor;
pub use scan::{Row, Scan};
pub use view::View;
use view::Views;

/// The state database of a node. Cheap to clone; closed with its last handle, [`View`]s included,
/// which flushes it.
#[derive(Clone)]
pub struct StateStore {
    inner: Arc<Inner>,
}

struct Inner {
    db: Arc<DB>,
    tables: Arc<[TableSpec]>,
    options: StateOptions,
    cache: Cache,
    failure: Arc<Failure>,
    views: Arc<Views>,
    /// Writes so far.
    writes: AtomicU64,
    /// How many of them the last flush has covered. Held while a flush runs.
    flushed: Mutex<u64>,
}

impl std::fmt::Debug for StateStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StateStore")
            .field("path", &self.inner.db.path())
            .finish_non_exhaustive()
    }
}

// === impl StateStore ===

impl StateStore {
    /// Opens or creates the database with these tables. A table that is stored must be named.
    ///
    /// # Errors
    /// [`EngineError`] when the directory cannot be used or its contents are damaged.
    pub fn open(
        path: &Path,
        tables: &[TableSpec],
        options: StateOptions,
    ) -> Result<StateStore, EngineError> {
        let cache = Cache::new_lru_cache(options.cache_bytes);
        let families = tables
            .iter()
            .map(|spec| ColumnFamilyDescriptor::new(spec.name, options.table(spec, &cache)));
        let db = DB::open_cf_descriptors(&options.database(), path, families)?;
        let inner = Inner {
            db: Arc::new(db),
            tables: tables.into(),
            options,
            cache,
            failure: Arc::default(),
            views: Arc::default(),
            writes: AtomicU64::new(0),
            flushed: Mutex::new(0),
        };
        Ok(StateStore {
            inner: Arc::new(inner),
        })
    }

    /// Applies a batch as one; readable when this returns, durable after the next flush.
    ///
    /// # Errors
    /// [`EngineError::Refused`] for a table that there is not, and then nothing has changed; any
    /// other puts the store out of service.
    pub fn write(&self, batch: Batch) -> Result<(), EngineError> {
        self.inner.failure.check()?;
        let mut rows = WriteBatch::with_capacity_bytes(batch.byte_len());
        for (table, change) in batch.changes() {
            let family = self.family(table)?;
            match change {
                Change::Put { key, value } => rows.put_cf(family, key, value),
                Change::Delete { key } => rows.delete_cf(family, key),
                Change::DeleteRange { from, to } => rows.delete_range_cf(family, from, to),
            }
        }
        let mut options = WriteOptions::default();
        options.disable_wal(true);
        self.must(self.inner.db.write_opt(rows, &options))?;
        self.inner.writes.fetch_add(1, Ordering::AcqRel);
        metrics::state_written(batch.byte_len());
        Ok(())
    }

    /// Reads one row.
    ///
    /// # Errors
    /// [`EngineError`] when the disk cannot be read.
    pub fn get(&self, table: TableId, key: &[u8]) -> Result<Option<Bytes>, EngineError> {
        let row = self.inner.db.get_cf(self.family(table)?, key);
        let row = row.map_err(|error| self.inner.failure.on_read(error))?;
        Ok(row.map(Bytes::from))
    }

    /// The rows from `from` (inclusive) to `to` (exclusive), ascending, as of now.
    pub fn scan(&self, table: TableId, from: &[u8], to: &[u8]) -> Scan<'_> {
        match self.family(table) {
            Ok(family) => Scan::over(&self.inner.db, family, (from, to), &self.inner.failure),
            Err(error) => Scan::failed(error),
        }
    }

    /// The first row at or after `from` and before `to`.
    ///
    /// # Errors
    /// [`EngineError`] when the disk cannot be read.
    pub fn first_from(
        &self,
        table: TableId,
        from: &[u8],
        to: &[u8],
    ) -> Result<Option<Row>, EngineError> {
        self.scan(table, from, to).next().transpose()
    }

    /// The last row at or after `from` and before `to`.
    ///
    /// # Errors
    /// [`EngineError`] when the disk cannot be read.
    pub fn last_before(
        &self,
        table: TableId,
        from: &[u8],
        to: &[u8],
    ) -> Result<Option<Row>, EngineError> {
        let Inner { db, failure, .. } = &*self.inner;
        scan::last(db, self.family(table)?, (from, to), failure)
    }

    /// All tables at this moment.
    pub fn view(&self) -> View {
        let Inner {
            db,
            tables,
            views,
            failure,
            ..
        } = &*self.inner;
        View::open(
            Arc::clone(db),
            Arc::clone(tables),
            Arc::clone(views),
            Arc::clone(failure),
        )
    }

    /// Puts everything written so far on disk, all tables at one point. Blocks; callers that come
    /// while one flush runs share the next one. Does nothing when nothing was written.
    ///
    /// # Errors
    /// [`EngineError`] when it could not be written; the store is out of service then.
    pub fn flush(&self) -> Result<(), EngineError> {
        let wanted = self.inner.writes.load(Ordering::Acquire);
        let mut flushed = self.inner.flushed.lock();
        self.inner.failure.check()?;
        if *flushed >= wanted {
            return Ok(());
        }
        let covered = self.inner.writes.load(Ordering::Acquire);
        let families: Result<Vec<_>, _> = (0..self.inner.tables.len())
            .map(|table| self.family(TableId(table)))
            .collect();
        let mut options = FlushOptions::default();
        options.set_wait(true);
        let started = Instant::now();
        self.must(self.inner.db.flush_cfs_opt(&families?, &options))?;
        metrics::state_flushed(started.elapsed());
        *flushed = covered;
        Ok(())
    }

    /// Resolves when a write or flush has failed, or a read has met damage. Every later write gets
    /// [`EngineError::Poisoned`], and the node must restart.
    pub fn failed(&self) -> Failed {
        self.inner.failure.failed()
    }

    /// Puts the store out of service as a failed write does.
    pub fn fail(&self, reason: &str) {
        self.inner.failure.set(&EngineError::Io(reason.into()));
    }

    fn family(&self, table: TableId) -> Result<&ColumnFamily, EngineError> {
        family(&self.inner.db, &self.inner.tables, table)
    }

    /// A failure of this puts the store out of service.
    fn must<T>(&self, result: Result<T, rocksdb::Error>) -> Result<T, EngineError> {
        result.map_err(|error| {
            let error = EngineError::from(error);
            self.inner.failure.set(&error);
            error
        })
    }
}

fn family<'a>(
    db: &'a DB,
    tables: &[TableSpec],
    table: TableId,
) -> Result<&'a ColumnFamily, EngineError> {
    tables
        .get(table.0)
        .and_then(|spec| db.cf_handle(spec.name))
        .ok_or_else(|| EngineError::refused(format!("there is no table {}", table.0)))
}

#[cfg(test)]
mod tests;
