//! All tables at one moment, for as long as it is held.

use std::ops::ControlFlow;
use std::sync::Arc;

use bytes::Bytes;
use parking_lot::Mutex;
use rocksdb::{DB, SnapshotWithThreadMode};
use self_cell::self_cell;

use super::cursor::Cursor;
use super::family;
use super::scan::Scan;
use crate::error::EngineError;
use crate::failure::Failure;
use crate::table::{TableId, TableSpec};

type Snapshot<'a> = SnapshotWithThreadMode<'a, DB>;

self_cell!(
    struct Moment {
        owner: Arc<DB>,
        #[not_covariant]
        dependent: Snapshot,
    }
);

/// A consistent read-only view. Holding it keeps old rows on disk, and the store open.
pub struct View {
    moment: Moment,
    tables: Arc<[TableSpec]>,
    failure: Arc<Failure>,
    _open: Open,
}

/// How many views there are. Dropping whole files does not respect snapshots, so the two must keep
/// out of each other's way.
#[derive(Debug, Default)]
pub(super) struct Views {
    open: Mutex<usize>,
}

struct Open(Arc<Views>);

impl std::fmt::Debug for View {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("View").finish_non_exhaustive()
    }
}

// === impl Views ===

impl Views {
    /// Runs `action` if no view is open; none opens until it has run.
    pub(super) fn unless_open(
        &self,
        action: impl FnOnce() -> Result<(), EngineError>,
    ) -> Result<(), EngineError> {
        let open = self.open.lock();
        if *open == 0 { action() } else { Ok(()) }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        *self.0.open.lock() -= 1;
    }
}

// === impl View ===

impl View {
    pub(super) fn open(
        db: Arc<DB>,
        tables: Arc<[TableSpec]>,
        views: Arc<Views>,
        failure: Arc<Failure>,
    ) -> View {
        *views.open.lock() += 1;
        View {
            _open: Open(views),
            moment: Moment::new(db, |db| db.snapshot()),
            tables,
            failure,
        }
    }

    /// Reads one row.
    ///
    /// # Errors
    /// [`EngineError`] when the disk cannot be read.
    pub fn get(&self, table: TableId, key: &[u8]) -> Result<Option<Bytes>, EngineError> {
        self.moment.with_dependent(|db, snapshot| {
            let family = family(db, &self.tables, table)?;
            let row = snapshot.get_cf(family, key);
            let row = row.map_err(|error| self.failure.on_read(error))?;
            Ok(row.map(Bytes::from))
        })
    }

    /// Hands the rows from `from` (inclusive) to `to` (exclusive), ascending, to `take` until it
    /// says to stop.
    ///
    /// # Errors
    /// [`EngineError`] when the disk cannot be read, or what `take` returned.
    pub fn scan<E: From<EngineError>>(
        &self,
        table: TableId,
        from: &[u8],
        to: &[u8],
        mut take: impl FnMut(&[u8], Bytes) -> Result<ControlFlow<()>, E>,
    ) -> Result<(), E> {
        self.moment.with_dependent(|db, snapshot| {
            let family = family(db, &self.tables, table)?;
            for row in Scan::over_snapshot(snapshot, family, (from, to), &self.failure) {
                let (key, value) = row?;
                if take(&key, value)?.is_break() {
                    break;
                }
            }
            Ok(())
        })
    }

    /// Hands a cursor over each range (table, `from` inclusive, `to` exclusive) to `walk`, in the
    /// order of the ranges.
    ///
    /// # Errors
    /// [`EngineError`] for a table that there is not, or what `walk` returned.
    pub fn walk<T, E: From<EngineError>>(
        &self,
        ranges: &[(TableId, &[u8], &[u8])],
        walk: impl FnOnce(Vec<Cursor<'_>>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.moment.with_dependent(|db, snapshot| {
            let cursors = ranges.iter().map(|(table, from, to)| {
                let family = family(db, &self.tables, *table)?;
                Ok(Cursor::over(snapshot, family, (from, to), &self.failure))
            });
            walk(cursors.collect::<Result<_, EngineError>>()?)
        })
    }
}
