//! Taking in another replica's export, beside the live data.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use roost_engine::{BulkWriter, GroupId, StateStore, TableId};
use roost_model::PartitionId;

use crate::chunk::{self, Content, Sequence};
use crate::error::{PartitionError, SnapshotError};
use crate::position::Applied;
use crate::table::partition_row::{self, PartitionRow};
use crate::table::prefix::Prefix;
use crate::table::{OF_A_PARTITION, PARTITION, membership};

/// Makes the directories of imports that run side by side distinct.
static NEXT: AtomicU64 = AtomicU64::new(0);

/// The receiving end of an [`Export`](crate::Export). Writes files; the partition takes them over in
/// [`Partition::adopt`](crate::Partition::adopt). Dropped before that, it leaves nothing behind.
#[derive(Debug)]
pub struct Import {
    partition: PartitionId,
    copy: u32,
    prefix: Prefix,
    sequence: Sequence,
    writer: Option<BulkWriter>,
    rows: u64,
    /// Table and tail of the last row.
    last: Option<(u8, Bytes)>,
    applied: Applied,
    complete: bool,
    files: Option<Files>,
    directory: Directory,
}

type Files = Vec<(TableId, Vec<PathBuf>)>;

/// A whole import, ready to become current.
#[derive(Debug)]
pub(crate) struct Staged {
    pub(crate) copy: u32,
    pub(crate) applied: Applied,
    pub(crate) files: Files,
    /// Removed when the files are in.
    _directory: Directory,
}

/// A directory that goes with its owner.
#[derive(Debug)]
struct Directory(PathBuf);

impl Import {
    pub(crate) fn new(
        store: &StateStore,
        group: GroupId,
        partition: PartitionId,
        copy: u32,
        staging: &Path,
    ) -> Result<Self, PartitionError> {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = staging.join(format!("import-{}-{copy}-{number}", group.0));
        let directory = Directory(path);
        let writer = store.bulk_writer(&directory.0)?;
        Ok(Self {
            partition,
            copy,
            prefix: Prefix::new(group, copy),
            sequence: Sequence::default(),
            writer: Some(writer),
            rows: 0,
            last: None,
            applied: Applied::default(),
            complete: false,
            files: None,
            directory,
        })
    }

    /// Takes the next chunk, in the order in which the export gave them.
    ///
    /// # Errors
    /// [`PartitionError::Snapshot`] for a chunk that is damaged, cut off or out of order,
    /// [`PartitionError::OtherPartition`], a file error. The import is useless then.
    pub fn push(&mut self, chunk: Bytes) -> Result<(), PartitionError> {
        if self.complete {
            return Err(SnapshotError::AfterEnd.into());
        }
        match self.sequence.open(chunk)? {
            Content::Rows(mut content) => {
                while let Some((table, tail, value)) = chunk::take_row(&mut content)? {
                    self.put(table, tail, &value)?;
                }
                Ok(())
            }
            Content::End { rows, .. } if rows == self.rows => {
                self.complete = true;
                Ok(())
            }
            Content::End { .. } => Err(SnapshotError::CountMismatch.into()),
        }
    }

    /// Checks that the stream came whole, and closes the files. Calling it again changes nothing.
    ///
    /// # Errors
    /// [`SnapshotError::Incomplete`], a file error.
    pub fn finish(&mut self) -> Result<(), PartitionError> {
        if !self.complete {
            return Err(SnapshotError::Incomplete.into());
        }
        if let Some(writer) = self.writer.take() {
            self.files = Some(writer.finish()?);
        }
        Ok(())
    }

    /// What the received rows say about themselves; complete after [`Import::finish`].
    pub fn applied(&self) -> &Applied {
        &self.applied
    }

    pub(crate) fn into_staged(self) -> Result<Staged, PartitionError> {
        let files = self.files.ok_or(SnapshotError::Incomplete)?;
        Ok(Staged {
            copy: self.copy,
            applied: self.applied,
            files,
            _directory: self.directory,
        })
    }

    fn put(&mut self, number: u8, tail: Bytes, value: &[u8]) -> Result<(), PartitionError> {
        let table = OF_A_PARTITION
            .into_iter()
            .find(|table| table.0 == usize::from(number))
            .ok_or(SnapshotError::Malformed)?;
        if self
            .last
            .as_ref()
            .is_some_and(|last| *last >= (number, tail.clone()))
        {
            return Err(SnapshotError::Unsorted.into());
        }
        if table == PARTITION && tail[..] == partition_row::TAIL {
            self.applied.position = PartitionRow::decode(self.partition, value)?.position;
        } else if table == PARTITION && tail[..] == membership::TAIL {
            self.applied.membership = Some(membership::decode(value)?);
        }
        let writer = self.writer.as_mut().ok_or(SnapshotError::AfterEnd)?;
        writer.put(table, &self.prefix.key(&tail), value)?;
        self.rows += 1;
        self.last = Some((number, tail));
        Ok(())
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0)
            && error.kind() != std::io::ErrorKind::NotFound
        {
            tracing::warn!(directory = %self.0.display(), %error, "a staging directory stays behind");
        }
    }
}
