//! The rows of one copy of a partition, as they stand in the store.

use bytes::Bytes;
use roost_engine::{EngineError, StateStore, TableId};

use super::prefix::Prefix;
use crate::error::PartitionError;

/// Tail and value of a row.
pub(crate) type Row = (Box<[u8]>, Bytes);

/// Reads rows by their tails.
#[derive(Debug, Clone)]
pub(crate) struct Rows {
    pub(crate) store: StateStore,
    pub(crate) prefix: Prefix,
}

impl Rows {
    pub(crate) fn get(&self, table: TableId, tail: &[u8]) -> Result<Option<Bytes>, EngineError> {
        self.store.get(table, &self.prefix.key(tail))
    }

    /// The rows from one tail (inclusive) to another (exclusive), ascending.
    pub(crate) fn scan<'s>(
        &'s self,
        table: TableId,
        from: &[u8],
        to: &[u8],
    ) -> impl Iterator<Item = Result<Row, PartitionError>> + use<'s> {
        let (from, to) = (self.prefix.key(from), self.prefix.key(to));
        self.scan_keys(table, &from, &to)
    }

    /// The rows from a tail on, to the end of the table.
    pub(crate) fn scan_from<'s>(
        &'s self,
        table: TableId,
        from: &[u8],
    ) -> impl Iterator<Item = Result<Row, PartitionError>> + use<'s> {
        let from = self.prefix.key(from);
        self.scan_keys(table, &from, &self.prefix.end())
    }

    fn scan_keys<'s>(
        &'s self,
        table: TableId,
        from: &[u8],
        to: &[u8],
    ) -> impl Iterator<Item = Result<Row, PartitionError>> + use<'s> {
        let prefix = self.prefix;
        self.store.scan(table, from, to).map(move |row| {
            let (key, value) = row?;
            Ok((prefix.tail(&key).into(), value))
        })
    }

    /// The last row at or after `from` and before `to`.
    pub(crate) fn last_before(
        &self,
        table: TableId,
        from: &[u8],
        to: &[u8],
    ) -> Result<Option<Row>, EngineError> {
        let (from, to) = (self.prefix.key(from), self.prefix.key(to));
        let row = self.store.last_before(table, &from, &to)?;
        Ok(row.map(|(key, value)| (self.prefix.tail(&key).into(), value)))
    }
}
