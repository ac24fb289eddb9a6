//! Walking a table without copying its rows.

use rocksdb::{ColumnFamily, DB, DBRawIteratorWithThreadMode, SnapshotWithThreadMode};

use super::scan::bounds;
use crate::error::EngineError;
use crate::failure::Failure;

/// A place in a range of a table, at one moment. Stands on a row, or past the last one.
pub struct Cursor<'a> {
    rows: DBRawIteratorWithThreadMode<'a, DB>,
    failure: &'a Failure,
}

impl std::fmt::Debug for Cursor<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cursor").finish_non_exhaustive()
    }
}

// === impl Cursor ===

impl<'a> Cursor<'a> {
    /// On the first row from `from` (inclusive) to `to` (exclusive).
    pub(super) fn over(
        snapshot: &'a SnapshotWithThreadMode<'_, DB>,
        family: &ColumnFamily,
        (from, to): (&[u8], &[u8]),
        failure: &'a Failure,
    ) -> Cursor<'a> {
        let mut rows = snapshot.raw_iterator_cf_opt(family, bounds(from, to.max(from)));
        rows.seek_to_first();
        Cursor { rows, failure }
    }

    /// Key and value; `None` past the last row, or after an error.
    pub fn row(&self) -> Option<(&[u8], &[u8])> {
        self.rows.item()
    }

    /// The key; `None` past the last row, or after an error.
    pub fn key(&self) -> Option<&[u8]> {
        self.rows.key()
    }

    /// Goes to the next row, if it stands on one.
    pub fn advance(&mut self) {
        if self.rows.valid() {
            self.rows.next();
        }
    }

    /// Goes to the first row of the range at or after a key.
    pub fn seek(&mut self, key: &[u8]) {
        self.rows.seek(key);
    }

    /// Whether the walk ended because there was nothing more.
    ///
    /// # Errors
    /// [`EngineError`] when the disk could not be read.
    pub fn check(&self) -> Result<(), EngineError> {
        let status = self.rows.status();
        status.map_err(|error| self.failure.on_read(error))
    }
}
