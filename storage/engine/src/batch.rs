//! Changes that reach the state database together or not at all.

use crate::table::TableId;

/// Changes in order; applied by [`crate::StateStore::write`].
#[derive(Debug, Default, Clone)]
pub struct Batch {
    pub(crate) changes: Vec<Change>,
}

#[derive(Debug, Clone)]
pub(crate) enum Change {
    Put(TableId, Vec<u8>, Vec<u8>),
    Delete(TableId, Vec<u8>),
    DeleteRange(TableId, Vec<u8>, Vec<u8>),
}

// === impl Batch ===

impl Batch {
    /// Writes a row.
    pub fn put(&mut self, table: TableId, key: &[u8], value: &[u8]) {
        self.changes
            .push(Change::Put(table, key.to_vec(), value.to_vec()));
    }

    /// Removes a row, if there is one.
    pub fn delete(&mut self, table: TableId, key: &[u8]) {
        self.changes.push(Change::Delete(table, key.to_vec()));
    }

    /// Removes the rows from `from` (inclusive) to `to` (exclusive).
    pub fn delete_range(&mut self, table: TableId, from: &[u8], to: &[u8]) {
        self.changes
            .push(Change::DeleteRange(table, from.to_vec(), to.to_vec()));
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }
}
