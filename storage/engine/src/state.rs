//! The state database: tables without a write-ahead log, flushed together.
//!
//! A write is in memory until [`StateStore::flush`], which puts everything written before it on
//! disk, over all tables at one point. After a crash the database holds a prefix of the writes,
//! whole over all tables; whoever owns the rows keeps the position to replay from among them.

mod bulk;
mod scan;
mod view;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use bytes::Bytes;
use parking_lot::Mutex;
use rocksdb::{
    Cache, ColumnFamily, ColumnFamilyDescriptor, DB, FlushOptions, IngestExternalFileOptions,
    Range, WriteBatch, WriteOptions, checkpoint::Checkpoint,
};

use crate::batch::{Batch, Change};
use crate::error::EngineError;
use crate::metrics;
use crate::options::StateOptions;
use crate::table::{TableId, TableSpec};
pub use bulk::BulkWriter;
pub use scan::{Row, Scan};
pub use view::View;

/// The state database of a node. Cheap to clone.
#[derive(Clone)]
pub struct StateStore {
    inner: Arc<Inner>,
}

struct Inner {
    db: Arc<DB>,
    tables: Vec<TableSpec>,
    options: StateOptions,
    /// Writes so far, and how many of them the last flush has covered.
    writes: AtomicU64,
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
    /// Opens or creates the database with these tables.
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
            tables: tables.to_vec(),
            options,
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
    /// [`EngineError`]; nothing of the batch was applied.
    pub fn write(&self, batch: Batch) -> Result<(), EngineError> {
        let mut rows = WriteBatch::default();
        for change in &batch.changes {
            match change {
                Change::Put(table, key, value) => rows.put_cf(self.family(*table)?, key, value),
                Change::Delete(table, key) => rows.delete_cf(self.family(*table)?, key),
                Change::DeleteRange(table, from, to) => {
                    rows.delete_range_cf(self.family(*table)?, from, to);
                }
            }
        }
        let mut options = WriteOptions::default();
        options.disable_wal(true);
        self.inner.db.write_opt(rows, &options)?;
        self.inner.writes.fetch_add(1, Ordering::AcqRel);
        Ok(())
    }

    /// Reads one row.
    ///
    /// # Errors
    /// [`EngineError`] when the disk cannot be read.
    pub fn get(&self, table: TableId, key: &[u8]) -> Result<Option<Bytes>, EngineError> {
        Ok(self
            .inner
            .db
            .get_cf(self.family(table)?, key)?
            .map(Bytes::from))
    }

    /// The rows from `from` (inclusive) to `to` (exclusive), ascending, as of now.
    pub fn scan(&self, table: TableId, from: &[u8], to: &[u8]) -> Scan<'_> {
        match self.family(table) {
            Ok(family) => Scan::over(&self.inner.db, family, from, to),
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
        scan::last(&self.inner.db, self.family(table)?, from, to)
    }

    /// All tables at this moment.
    pub fn view(&self) -> View {
        View::open(Arc::clone(&self.inner.db), self.inner.tables.clone())
    }

    /// Puts everything written so far on disk, all tables at one point. Blocks; callers that come
    /// while one flush runs share the next one.
    ///
    /// # Errors
    /// [`EngineError`] when it could not be written.
    pub fn flush(&self) -> Result<(), EngineError> {
        let wanted = self.inner.writes.load(Ordering::Acquire);
        let mut flushed = self.inner.flushed.lock();
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
        self.inner.db.flush_cfs_opt(&families?, &options)?;
        metrics::flushed(started.elapsed());
        *flushed = covered;
        Ok(())
    }

    /// Starts to write files beside the database that [`StateStore::ingest`] can take in.
    ///
    /// # Errors
    /// [`EngineError`] when the directory cannot be made.
    pub fn bulk_writer(&self, dir: &Path) -> Result<BulkWriter, EngineError> {
        BulkWriter::create(dir, &self.inner.tables, &self.inner.options)
    }

    /// Takes finished files in, moving them. Durable when this returns.
    ///
    /// # Errors
    /// [`EngineError`]; the files of earlier tables may have been taken in.
    pub fn ingest(&self, files: Vec<(TableId, Vec<PathBuf>)>) -> Result<(), EngineError> {
        let mut options = IngestExternalFileOptions::default();
        options.set_move_files(true);
        for (table, paths) in files {
            if !paths.is_empty() {
                let family = self.family(table)?;
                self.inner
                    .db
                    .ingest_external_file_cf_opts(family, &options, paths)?;
            }
        }
        Ok(())
    }

    /// Drops files that lie wholly within a range. Rows of the range that share a file with
    /// others stay; a range delete removes those.
    ///
    /// # Errors
    /// [`EngineError`] when a file could not be dropped.
    pub fn drop_files_in_range(
        &self,
        table: TableId,
        from: &[u8],
        to: &[u8],
    ) -> Result<(), EngineError> {
        Ok(self
            .inner
            .db
            .delete_file_in_range_cf(self.family(table)?, from, to)?)
    }

    /// Bytes on disk that a range takes, roughly; what is not flushed does not count.
    ///
    /// # Errors
    /// [`EngineError`] when there is no such table.
    pub fn approximate_size(
        &self,
        table: TableId,
        from: &[u8],
        to: &[u8],
    ) -> Result<u64, EngineError> {
        let family = self.family(table)?;
        let sizes = self
            .inner
            .db
            .get_approximate_sizes_cf(family, &[Range::new(from, to)]);
        Ok(sizes.first().copied().unwrap_or(0))
    }

    /// Makes a copy of the database in `dir`, with hard links where the file system has them.
    ///
    /// # Errors
    /// [`EngineError`] when the directory exists or cannot be written.
    pub fn checkpoint(&self, dir: &Path) -> Result<(), EngineError> {
        self.flush()?;
        Ok(Checkpoint::new(&self.inner.db)?.create_checkpoint(dir)?)
    }

    fn family(&self, table: TableId) -> Result<&ColumnFamily, EngineError> {
        family(&self.inner.db, &self.inner.tables, table)
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
        .ok_or_else(|| EngineError::damaged(format!("there is no table {}", table.0)))
}

#[cfg(test)]
mod tests;
