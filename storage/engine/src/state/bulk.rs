//! Files written beside the database, to be taken in as a whole.

use std::path::{Path, PathBuf};

use rocksdb::{Options, SstFileWriter};
use self_cell::self_cell;

use crate::error::EngineError;
use crate::table::TableId;

/// A file is closed once it has this many bytes on disk.
const FILE_BYTES: u64 = 64 << 20;

self_cell!(
    struct OpenFile {
        owner: Options,
        #[not_covariant]
        dependent: SstFileWriter,
    }
);

/// Writes sorted files, which [`StateStore::ingest`](super::StateStore::ingest) takes in. Memory
/// does not grow with what is written. Files of a writer that is dropped unfinished stay in its
/// directory, which is the caller's to remove.
pub struct BulkWriter {
    dir: PathBuf,
    tables: Vec<Table>,
    current: Option<(TableId, OpenFile)>,
    count: usize,
}

struct Table {
    options: Options,
    last_key: Option<Vec<u8>>,
    files: Vec<PathBuf>,
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
        options: impl Iterator<Item = Options>,
    ) -> Result<BulkWriter, EngineError> {
        std::fs::create_dir_all(dir)?;
        let tables = options.map(|options| Table {
            options,
            last_key: None,
            files: Vec::new(),
        });
        Ok(BulkWriter {
            dir: dir.to_owned(),
            tables: tables.collect(),
            current: None,
            count: 0,
        })
    }

    /// Adds a row. Keys must ascend within a table; tables may come in any order, best one after
    /// the other, because each change begins a file.
    ///
    /// # Errors
    /// [`EngineError`] when a file cannot be written, [`EngineError::Refused`] for a key that does
    /// not ascend or a table that there is not.
    pub fn put(&mut self, table: TableId, key: &[u8], value: &[u8]) -> Result<(), EngineError> {
        let Some(rows) = self.tables.get_mut(table.0) else {
            return Err(EngineError::refused(format!(
                "there is no table {}",
                table.0
            )));
        };
        match &mut rows.last_key {
            Some(last) if key <= &last[..] => {
                return Err(EngineError::refused("a bulk writer's keys must ascend"));
            }
            Some(last) => {
                last.clear();
                last.extend_from_slice(key);
            }
            None => rows.last_key = Some(key.to_vec()),
        }
        let file = self.file(table)?;
        file.with_dependent_mut(|_, writer| writer.put(key, value))?;
        Ok(())
    }

    /// Closes the last file and hands all of them over.
    ///
    /// # Errors
    /// [`EngineError`] when a file cannot be written.
    pub fn finish(mut self) -> Result<Vec<(TableId, Vec<PathBuf>)>, EngineError> {
        self.close_file()?;
        let tables = self.tables.into_iter().enumerate();
        let files = tables.map(|(table, rows)| (TableId(table), rows.files));
        Ok(files.filter(|(_, files)| !files.is_empty()).collect())
    }

    /// The file for the next row of a table.
    fn file(&mut self, table: TableId) -> Result<&mut OpenFile, EngineError> {
        let full = |file: &OpenFile| file.with_dependent(|_, file| file.file_size()) >= FILE_BYTES;
        if self
            .current
            .as_ref()
            .is_some_and(|(of, file)| *of != table || full(file))
        {
            self.close_file()?;
        }
        let current = match self.current.take() {
            Some(current) => current,
            None => (table, self.open_file(table)?),
        };
        Ok(&mut self.current.insert(current).1)
    }

    fn open_file(&mut self, table: TableId) -> Result<OpenFile, EngineError> {
        let Some(rows) = self.tables.get_mut(table.0) else {
            return Err(EngineError::refused(format!(
                "there is no table {}",
                table.0
            )));
        };
        let path = self
            .dir
            .join(format!("{:03}-{:06}.sst", table.0, self.count));
        let file = OpenFile::try_new(rows.options.clone(), |options| {
            let writer = SstFileWriter::create(options);
            writer.open(&path)?;
            Ok::<_, EngineError>(writer)
        })?;
        self.count += 1;
        rows.files.push(path);
        Ok(file)
    }

    fn close_file(&mut self) -> Result<(), EngineError> {
        if let Some((_, mut file)) = self.current.take() {
            file.with_dependent_mut(|_, writer| writer.finish())?;
        }
        Ok(())
    }
}
