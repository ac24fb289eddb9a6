//! Keeping indexes in step with the twins.

use roost_model::TwinRef;

use super::Context;
use crate::error::PartitionError;
use crate::index;
use crate::table::{INDEX, TWIN};

impl Context<'_> {
    /// Moves an identity's index rows from what its twin was, as the transaction has it, to what it
    /// becomes. Called before the twin is written. A deleted twin becomes a new one: without
    /// properties, as [`TwinRef::NEW`], no row is left.
    pub(crate) fn reindex(&mut self, key: &[u8], new: &TwinRef<'_>) -> Result<(), PartitionError> {
        if self.catalog.indexes.is_empty() {
            return Ok(());
        }
        let old = self.tx.get(TWIN, key)?;
        let old = match &old {
            None => TwinRef::NEW,
            Some(bytes) => {
                TwinRef::parse(bytes).map_err(|error| PartitionError::row("twin", error))?
            }
        };
        for index in &self.catalog.indexes {
            let entry = |twin: &TwinRef<'_>| index::entry_of(index.id, &index.path, twin, key);
            let (before, after) = (entry(&old), entry(new));
            if before == after {
                continue;
            }
            if let Some(tail) = before {
                self.tx.delete_unread(INDEX, &tail);
            }
            if let Some(tail) = after {
                self.tx.put_unread(INDEX, &tail, &[]);
            }
        }
        Ok(())
    }

    pub(crate) fn put_catalog(&mut self) {
        let (tail, value) = self.catalog.row();
        self.tx.put_unread(INDEX, &tail, &value);
    }
}
