//! How far consumer groups have read.

use std::collections::BTreeMap;

use super::Reader;
use crate::error::PartitionError;
use crate::op::Checkpoint;
use crate::table::{self, CHECKPOINT};

impl Reader {
    /// A consumer group's checkpoint, if it has set one.
    ///
    /// # Errors
    /// A database error, a damaged row.
    pub fn checkpoint(&self, group: &str) -> Result<Option<Checkpoint>, PartitionError> {
        self.read(|rows, _| {
            rows.get(CHECKPOINT, group.as_bytes())?
                .map(|bytes| table::checkpoint::decode(&bytes))
                .transpose()
        })
    }

    /// All checkpoints, by consumer group.
    ///
    /// # Errors
    /// A database error, a damaged row.
    pub fn checkpoints(&self) -> Result<BTreeMap<String, Checkpoint>, PartitionError> {
        self.read(|rows, _| {
            rows.scan_from(CHECKPOINT, &[])
                .map(|row| {
                    let (tail, value) = row?;
                    let group = String::from_utf8(tail.into_vec())
                        .map_err(|error| PartitionError::row("checkpoint", error))?;
                    Ok((group, table::checkpoint::decode(&value)?))
                })
                .collect()
        })
    }
}
