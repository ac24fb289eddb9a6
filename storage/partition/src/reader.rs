//! Reading what a replica has applied.
//!
//! A reader may be used while entries are applied, and across the adoption of a snapshot. What it sees is
//! never older than what the caller has seen applied; whether that is the newest acknowledged state is
//! the affair of the layer that leads.

mod checkpoints;
mod events;
mod feedback;
mod identities;
mod queues;
mod registry_view;
mod sessions;
mod twins;

pub use events::EventBounds;
pub use identities::Statistics;
pub use queues::{KeptLetter, QueueStatistics, WaitingMessage};
pub use registry_view::{RegistryRow, RegistryView};

use std::sync::Arc;

use roost_engine::StateStore;
use roost_model::PartitionId;

use crate::error::PartitionError;
use crate::index::{Catalog, IndexPath};
use crate::moment::Moment;
use crate::position::Position;
use crate::shared::{Published, Shared};
use crate::table::partition_row::PartitionRow;
use crate::table::rows::Rows;

/// Reads a partition. Cheap to clone. Reading rows blocks on the disk.
#[derive(Debug, Clone)]
pub struct Reader {
    store: StateStore,
    id: PartitionId,
    pub(crate) shared: Arc<Shared>,
}

impl Reader {
    pub(crate) fn new(store: StateStore, id: PartitionId, shared: Arc<Shared>) -> Self {
        Self { store, id, shared }
    }

    /// The partition's number in its hub.
    pub fn partition(&self) -> PartitionId {
        self.id
    }

    /// The last applied entry.
    pub fn position(&self) -> Option<Position> {
        self.row().position
    }

    /// A checksum of all rows: replicas at the same position have the same.
    ///
    /// # Errors
    /// A database error, damaged rows.
    pub fn fingerprint(&self) -> Result<u64, PartitionError> {
        let _guard = self.shared.export_guard();
        self.read(|rows, _| Moment::new(rows.store.view(), rows.prefix, self.id)?.fingerprint())
    }

    /// The paths that have an index, built or not.
    ///
    /// # Errors
    /// A database error, a damaged row.
    pub fn indexes(&self) -> Result<Vec<IndexPath>, PartitionError> {
        let catalog = self.read(|rows, _| Catalog::read(rows))?;
        Ok(catalog
            .indexes
            .into_iter()
            .map(|index| index.path)
            .collect())
    }

    pub(crate) fn row(&self) -> PartitionRow {
        self.shared.published().row
    }

    /// Reads rows. Done again when the rows were taken away meanwhile: when another copy became current,
    /// or events were trimmed.
    pub(crate) fn read<T>(
        &self,
        read: impl Fn(&Rows, &PartitionRow) -> Result<T, PartitionError>,
    ) -> Result<T, PartitionError> {
        loop {
            let Published { prefix, row } = self.shared.published();
            let rows = Rows {
                store: self.store.clone(),
                prefix,
            };
            let result = read(&rows, &row);
            let now = self.shared.published();
            let trimmed = matches!(result, Err(PartitionError::EventMissing(_)))
                && now.row.begin != row.begin;
            if now.prefix == prefix && !trimmed {
                return result;
            }
        }
    }
}
