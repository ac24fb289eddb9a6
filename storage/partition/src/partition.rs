//! One replica of a partition.
//!
//! ```text
//!  committed entries ─► apply ─► one write batch ─► store ─► published ─► readers
//!                         │                                     ▲
//!                         └─ sessions in memory ────────────────┘
//! ```

mod adopt;
mod apply;
mod recovery;

use std::path::Path;
use std::sync::Arc;

use roost_engine::{Batch, GroupId, StateStore};
use roost_model::PartitionId;

use crate::error::PartitionError;
use crate::export::Export;
use crate::flusher::Flusher;
use crate::import::Import;
use crate::index::Catalog;
use crate::position::Applied;
use crate::reader::Reader;
use crate::settings::PartitionSettings;
use crate::shared::{Published, Shared};
use crate::table::partition_row::PartitionRow;
use crate::table::pointer;
use crate::table::prefix::Prefix;
use crate::table::rows::Rows;

/// A replica's state machine. Whoever owns it applies the log; everybody else reads through
/// [`Partition::reader`].
#[derive(Debug)]
pub struct Partition {
    group: GroupId,
    id: PartitionId,
    settings: PartitionSettings,
    rows: Rows,
    copy: u32,
    row: PartitionRow,
    applied: Applied,
    catalog: Arc<Catalog>,
    shared: Arc<Shared>,
    /// An apply failed: what is in memory is ahead of the store.
    stopped: bool,
}

impl Partition {
    /// Opens what the store holds of the group, or a new partition. The store must have been opened with
    /// [`crate::tables`].
    ///
    /// Reads the sessions, and the events since their rows were written.
    ///
    /// # Errors
    /// A database error, damaged rows, or data of another partition.
    pub fn open(
        store: StateStore,
        group: GroupId,
        id: PartitionId,
        settings: PartitionSettings,
    ) -> Result<Self, PartitionError> {
        let copy = pointer::read(&store, group)?;
        recovery::clear_other_copies(&store, group, copy)?;
        let rows = Rows {
            store,
            prefix: Prefix::new(group, copy),
        };
        let loaded = recovery::load(&rows, id)?;
        let published = Published {
            prefix: rows.prefix,
            row: loaded.row,
        };
        (settings.on_append)(loaded.row.next);
        Ok(Self {
            group,
            id,
            settings,
            rows,
            copy,
            row: loaded.row,
            applied: loaded.applied,
            catalog: loaded.catalog,
            shared: Arc::new(Shared::new(published, loaded.sessions)),
            stopped: false,
        })
    }

    /// The last applied entry and membership.
    pub fn applied(&self) -> &Applied {
        &self.applied
    }

    /// A handle that sees what has been applied; stays valid across [`Partition::adopt`].
    pub fn reader(&self) -> Reader {
        Reader::new(self.rows.store.clone(), self.id, Arc::clone(&self.shared))
    }

    /// A handle that makes durable what has been applied.
    pub fn flusher(&self) -> Flusher {
        Flusher::new(self.rows.store.clone(), Arc::clone(&self.shared))
    }

    /// A consistent view of everything that is applied now, to be read chunk by chunk.
    ///
    /// # Errors
    /// A database error.
    pub fn export(&self) -> Result<Export, PartitionError> {
        Export::new(&self.rows, self.id, &self.shared)
    }

    /// Begins to take in an export of another replica, in a directory of its own below `staging`, which
    /// must be on the store's file system. Nothing changes until [`Partition::adopt`].
    ///
    /// # Errors
    /// A database or file error.
    pub fn import(&self, staging: &Path) -> Result<Import, PartitionError> {
        let target = self.copy.saturating_add(1);
        Import::new(&self.rows.store, self.group, self.id, target, staging)
    }

    /// Removes a group's data. The group must not be open. Data that the disk gives back later cannot
    /// come alive again in a new replica of the group.
    ///
    /// # Errors
    /// A database error.
    pub fn destroy(store: &StateStore, group: GroupId) -> Result<(), PartitionError> {
        let copy = pointer::read(store, group)?;
        let next = copy.saturating_add(1);
        let mut batch = Batch::default();
        pointer::put(&mut batch, group, next);
        store.write(batch)?;
        store.flush()?;
        recovery::clear_other_copies(store, group, next)?;
        Ok(())
    }

    fn publish(&self) {
        *self.shared.published.write() = Published {
            prefix: self.rows.prefix,
            row: self.row,
        };
    }
}

/// Also used by tests, to compare replicas row by row.
#[cfg(test)]
impl Partition {
    pub(crate) fn dump(&self) -> Vec<(usize, Box<[u8]>, bytes::Bytes)> {
        let mut dump = Vec::new();
        for table in crate::table::OF_A_PARTITION {
            let rows = self.rows.scan_from(table, &[]);
            dump.extend(
                rows.map(|row| row.unwrap())
                    .map(|(tail, value)| (table.0, tail, value)),
            );
        }
        dump
    }
}
