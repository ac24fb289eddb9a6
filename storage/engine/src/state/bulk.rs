//! Files written beside the database, to be taken in as a whole.

use std::path::{Path, PathBuf};

use rocksdb::{Cache, Options, SstFileWriter};

use crate::error::EngineError;
use crate::options::StateOptions;
use crate::table::{TableId, TableSpec};

/// A file is closed once it has this many bytes.
const FILE_BYTES: u64 = 64 << 20;

/// Writes sorted files for one table after the other.
pub struct BulkWriter {
    dir: PathBuf,
    options: Vec<Options>,
    current: Option<Current>,
    files: Vec<(TableId, Vec<PathBuf>)>,
    count: usize,
}

/// Rows gathered for one file. The file is written when they are enough, so that the writer,
/// which borrows its options, need not be kept.
struct Current {
    table: TableId,
    rows: Vec<(Vec<u8>, Vec<u8>)>,
    bytes: u64,
}

impl std::fmt::Debug for BulkWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BulkWriter")
            .field("dir", &self.dir)
            .finish_non_exhaustive()
    }
}

// === impl BulkWriter ===

impl BulkWriter {
    pub(super) fn create(
        dir: &Path,
        tables: &[TableSpec],
        options: &StateOptions,
    ) -> Result<BulkWriter, EngineError> {
        std::fs::create_dir_all(dir).map_err(|error| EngineError::Io(error.to_string().into()))?;
        let cache = Cache::new_lru_cache(1 << 20);
        let options = tables
            .iter()
            .map(|spec| options.table(spec, &cache))
            .collect();
        Ok(BulkWriter {
            dir: dir.to_owned(),
            options,
            current: None,
            files: vec![],
            count: 0,
        })
    }

    /// Adds a row. Tables one after the other, keys ascending within a table.
    ///
    /// # Errors
    /// [`EngineError`] when a file cannot be written or keys are out of order.
    pub fn put(&mut self, table: TableId, key: &[u8], value: &[u8]) -> Result<(), EngineError> {
        let full = self
            .current
            .as_ref()
            .is_some_and(|file| file.table != table || file.bytes >= FILE_BYTES);
        if full {
            self.close_file()?;
        }
        let file = self.current.get_or_insert_with(|| Current {
            table,
            rows: Vec::new(),
            bytes: 0,
        });
        file.bytes += (key.len() + value.len()) as u64;
        file.rows.push((key.to_vec(), value.to_vec()));
        Ok(())
    }

    /// Closes the last file and hands all of them over.
    ///
    /// # Errors
    /// [`EngineError`] when a file cannot be written.
    pub fn finish(mut self) -> Result<Vec<(TableId, Vec<PathBuf>)>, EngineError> {
        self.close_file()?;
        Ok(self.files)
    }

    fn close_file(&mut self) -> Result<(), EngineError> {
        let Some(file) = self.current.take() else {
            return Ok(());
        };
        let options = self
            .options
            .get(file.table.0)
            .ok_or_else(|| EngineError::damaged(format!("there is no table {}", file.table.0)))?;
        let path = self
            .dir
            .join(format!("{:03}-{:06}.sst", file.table.0, self.count));
        self.count += 1;
        let mut writer = SstFileWriter::create(options);
        writer.open(&path)?;
        for (key, value) in &file.rows {
            writer.put(key, value)?;
        }
        writer.finish()?;
        match self
            .files
            .iter_mut()
            .find(|(table, _)| *table == file.table)
        {
            Some((_, paths)) => paths.push(path),
            None => self.files.push((file.table, vec![path])),
        }
        Ok(())
    }
}
