//! Reading a whole partition out, for another replica.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use roost_model::PartitionId;

use crate::chunk::{self, Sequence};
use crate::error::PartitionError;
use crate::moment::Moment;
use crate::position::Applied;
use crate::shared::{ExportGuard, Shared};
use crate::table::OF_A_PARTITION;
use crate::table::rows::Rows;

/// A chunk is closed once it has this many bytes.
const CHUNK_BYTES: usize = 256 << 10;

/// A consistent view of a partition, as a stream of chunks. Holds one chunk in memory at a time; while it
/// lives, the disk keeps what it shows.
#[derive(Debug)]
pub struct Export {
    moment: Moment,
    sequence: Sequence,
    rows: u64,
    at: Place,
    _guard: ExportGuard,
}

/// Where the stream goes on.
#[derive(Debug)]
enum Place {
    /// In the n-th table, from a tail on.
    Rows {
        table: usize,
        from: Vec<u8>,
    },
    End,
    Over,
}

impl Export {
    pub(crate) fn new(
        rows: &Rows,
        partition: PartitionId,
        shared: &Arc<Shared>,
    ) -> Result<Self, PartitionError> {
        let guard = shared.export_guard();
        let moment = Moment::new(rows.store.view(), rows.prefix, partition)?;
        let at = Place::Rows {
            table: 0,
            from: Vec::new(),
        };
        Ok(Self {
            moment,
            sequence: Sequence::default(),
            rows: 0,
            at,
            _guard: guard,
        })
    }

    /// The position and membership that the view stands for.
    pub fn applied(&self) -> &Applied {
        self.moment.applied()
    }

    /// The next chunk, about 256 KiB; `None` after the last. Reads the disk.
    ///
    /// # Errors
    /// A database error.
    pub fn next_chunk(&mut self) -> Result<Option<Bytes>, PartitionError> {
        let mut content = BytesMut::new();
        while content.len() < CHUNK_BYTES {
            let Place::Rows {
                table: number,
                from,
            } = &self.at
            else {
                break;
            };
            let Some(table) = OF_A_PARTITION.get(*number) else {
                self.at = Place::End;
                break;
            };
            let mut next = Vec::new();
            let mut rows = 0;
            let finished = self.moment.walk(*table, from, |tail, value| {
                if content.len() >= CHUNK_BYTES {
                    next = tail.to_vec();
                    return false;
                }
                chunk::put_row(&mut content, table.0, tail, &value);
                rows += 1;
                true
            })?;
            self.rows += rows;
            self.at = if finished {
                let from = OF_A_PARTITION
                    .get(number + 1)
                    .map(|t| self.moment.first_tail(*t));
                Place::Rows {
                    table: number + 1,
                    from: from.unwrap_or_default(),
                }
            } else {
                Place::Rows {
                    table: *number,
                    from: next,
                }
            };
        }
        if !content.is_empty() {
            return Ok(Some(self.sequence.rows(&content)));
        }
        match std::mem::replace(&mut self.at, Place::Over) {
            Place::Over => Ok(None),
            _ => Ok(Some(self.sequence.end(self.rows))),
        }
    }
}
