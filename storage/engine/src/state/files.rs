//! What happens to tables as files: taken in, dropped, linked, measured.

use std::path::{Path, PathBuf};

use rocksdb::checkpoint::Checkpoint;
use rocksdb::{IngestExternalFileOptions, Range, properties};

use super::{BulkWriter, StateStore};
use crate::error::EngineError;
use crate::files;
use crate::table::TableId;

const LIVE_BLOB_BYTES: &str = "rocksdb.live-blob-file-size";

impl StateStore {
    /// Starts to write files beside the database that [`StateStore::ingest`] can take in. The
    /// directory should be on the database's file system, so that taking them in copies nothing.
    ///
    /// # Errors
    /// [`EngineError`] when the directory cannot be made.
    pub fn bulk_writer(&self, dir: &Path) -> Result<BulkWriter, EngineError> {
        let inner = &self.inner;
        let tables = inner.tables.iter();
        BulkWriter::create(
            dir,
            tables.map(|spec| inner.options.table(spec, &inner.cache)),
        )
    }

    /// Takes finished files in, moving them. Durable when this returns, and so is everything that
    /// was written before. Their rows replace rows of the same keys.
    ///
    /// # Errors
    /// [`EngineError`]; the files of some tables may have been taken in. After a crash the same.
    pub fn ingest(&self, files: Vec<(TableId, Vec<PathBuf>)>) -> Result<(), EngineError> {
        // Else a crash would leave the files and take back what came before them.
        self.flush()?;
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

    /// Drops files that lie wholly within a range (`to` is exclusive), at once and for good: what
    /// says that the rows are gone must have been flushed before. Rows of the range that share a
    /// file with others stay, as do those not compacted yet; a range delete removes them.
    ///
    /// Does nothing while a [`View`](super::View) is open, which may still need the rows; the
    /// range delete frees the space later then, by compaction.
    ///
    /// # Errors
    /// [`EngineError`] when a file could not be dropped.
    pub fn drop_files_in_range(
        &self,
        table: TableId,
        from: &[u8],
        to: &[u8],
    ) -> Result<(), EngineError> {
        self.inner.failure.check()?;
        let family = self.family(table)?;
        let Some(last) = last_before(to).filter(|last| from <= &last[..]) else {
            return Ok(());
        };
        self.inner
            .views
            .unless_open(|| self.must(self.inner.db.delete_file_in_range_cf(family, from, &last)))
    }

    /// Bytes on disk that a range takes, roughly; what is not flushed does not count. Large values
    /// are taken to be spread evenly over the table's rows.
    ///
    /// # Errors
    /// [`EngineError`] when there is no such table.
    pub fn approximate_size(
        &self,
        table: TableId,
        from: &[u8],
        to: &[u8],
    ) -> Result<u64, EngineError> {
        if from >= to {
            return Ok(0);
        }
        let (db, family) = (&self.inner.db, self.family(table)?);
        let sizes = db.get_approximate_sizes_cf(family, &[Range::new(from, to)]);
        let rows = sizes.first().copied().unwrap_or(0);
        let all = db
            .property_int_value_cf(family, properties::LIVE_SST_FILES_SIZE)?
            .unwrap_or(0);
        let blobs = db
            .property_int_value_cf(family, LIVE_BLOB_BYTES)?
            .unwrap_or(0);
        let share = u128::from(blobs) * u128::from(rows.min(all)) / u128::from(all.max(1));
        Ok(rows.saturating_add(u64::try_from(share).unwrap_or(u64::MAX)))
    }

    /// Makes a copy of the database in `dir`, which must not exist, with hard links where the file
    /// system has them. It holds everything that was written before.
    ///
    /// # Errors
    /// [`EngineError`] when the directory exists or cannot be written.
    pub fn checkpoint(&self, dir: &Path) -> Result<(), EngineError> {
        self.flush()?;
        Ok(Checkpoint::new(&self.inner.db)?.create_checkpoint(dir)?)
    }

    /// Copies the files of this moment to `dir`, which must not exist: what a process finds that
    /// starts after this one was killed. What was written since the last flush is not in it.
    ///
    /// # Errors
    /// [`EngineError`] when the directory exists or cannot be written.
    pub fn copy_files(&self, dir: &Path) -> Result<(), EngineError> {
        files::copy(&self.inner.db, dir)
    }
}

/// A key below `to` with next to nothing in between. RocksDB counts a file as inside a range even
/// if its last key is the range's end, so the end must be a key that may go.
fn last_before(to: &[u8]) -> Option<Vec<u8>> {
    let (last, front) = to.split_last()?;
    let mut key = front.to_vec();
    if let Some(less) = last.checked_sub(1) {
        key.push(less);
        key.extend_from_slice(&[0xff; 16]);
    }
    Some(key)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_key_before_is_before(to in prop::collection::vec(any::<u8>(), 1..12)) {
            prop_assert!(last_before(&to).unwrap() < to);
        }

        #[test]
        fn fixed_size_keys_before_the_end_are_not_behind_the_key_before(a: u64, b: u64) {
            prop_assume!(a < b);
            let last = last_before(&b.to_be_bytes()).unwrap();
            prop_assert!(a.to_be_bytes()[..] <= last[..] || b.to_be_bytes()[7] == 0);
        }
    }

    #[test]
    fn nothing_is_before_the_empty_key() {
        assert_eq!(last_before(b""), None);
    }
}
