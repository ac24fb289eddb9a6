//! All rows of a partition at one moment.

use std::ops::ControlFlow;

use bytes::Bytes;
use roost_engine::{TableId, View};
use roost_model::PartitionId;

use crate::digest::Digest;
use crate::error::PartitionError;
use crate::position::Applied;
use crate::table::partition_row::{self, PartitionRow};
use crate::table::prefix::Prefix;
use crate::table::{self, EVENT, OF_A_PARTITION, PARTITION, membership};

/// A view of one copy, and what its partition row says.
#[derive(Debug)]
pub(crate) struct Moment {
    view: View,
    prefix: Prefix,
    row: PartitionRow,
    applied: Applied,
}

impl Moment {
    pub(crate) fn new(
        view: View,
        prefix: Prefix,
        partition: PartitionId,
    ) -> Result<Self, PartitionError> {
        let row = match view.get(PARTITION, &prefix.key(&partition_row::TAIL))? {
            None => PartitionRow::new(partition),
            Some(bytes) => PartitionRow::decode(partition, &bytes)?,
        };
        let membership = view
            .get(PARTITION, &prefix.key(&membership::TAIL))?
            .map(|bytes| membership::decode(&bytes))
            .transpose()?;
        let applied = Applied {
            position: row.position,
            membership,
        };
        Ok(Self {
            view,
            prefix,
            row,
            applied,
        })
    }

    pub(crate) fn applied(&self) -> &Applied {
        &self.applied
    }

    /// The tail at which a table's live rows begin. Rows of trimmed events may linger on disk.
    pub(crate) fn first_tail(&self, table: TableId) -> Vec<u8> {
        if table == EVENT {
            table::event::tail(self.row.begin).to_vec()
        } else {
            Vec::new()
        }
    }

    pub(crate) fn get(&self, table: TableId, tail: &[u8]) -> Result<Option<Bytes>, PartitionError> {
        Ok(self.view.get(table, &self.prefix.key(tail))?)
    }

    /// Calls `take` with tail and value of a table's rows from a tail on, until it says `false`.
    /// True when the table's end was reached.
    pub(crate) fn walk(
        &self,
        table: TableId,
        from: &[u8],
        mut take: impl FnMut(&[u8], Bytes) -> bool,
    ) -> Result<bool, PartitionError> {
        let mut reached = true;
        self.view.scan(
            table,
            &self.prefix.key(from),
            &self.prefix.end(),
            |key, value| {
                reached = take(self.prefix.tail(key), value);
                let next = if reached {
                    ControlFlow::Continue(())
                } else {
                    ControlFlow::Break(())
                };
                Ok::<_, PartitionError>(next)
            },
        )?;
        Ok(reached)
    }

    /// A checksum of all rows. Equal replicas at the same position have equal ones.
    pub(crate) fn fingerprint(&self) -> Result<u64, PartitionError> {
        let mut digest = Digest::default();
        for table in OF_A_PARTITION {
            self.walk(table, &self.first_tail(table), |tail, value| {
                digest.update(&(table.0 as u64).to_le_bytes());
                digest.update(&(tail.len() as u64).to_le_bytes());
                digest.update(&(value.len() as u64).to_le_bytes());
                digest.update(tail);
                digest.update(&value);
                true
            })?;
        }
        Ok(digest.finish())
    }
}
