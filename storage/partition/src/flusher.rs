//! Making durable what was applied.

use std::sync::Arc;

use parking_lot::Mutex;
use roost_engine::{Batch, StateStore};
use roost_model::SequenceNumber;

use crate::error::PartitionError;
use crate::position::Position;
use crate::shared::Shared;
use crate::table::{self, EVENT};

/// Flushes the store for a partition. Cheap to clone; blocks while it works.
#[derive(Debug, Clone)]
pub struct Flusher {
    store: StateStore,
    shared: Arc<Shared>,
    /// Files of events before this one were given back.
    reclaimed: Arc<Mutex<SequenceNumber>>,
}

impl Flusher {
    pub(crate) fn new(store: StateStore, shared: Arc<Shared>) -> Self {
        Self {
            store,
            shared,
            reclaimed: Arc::default(),
        }
    }

    /// Makes everything applied so far durable, in all tables; gives the last entry that is certain
    /// to survive a crash, up to which the log may be purged.
    ///
    /// Then gives the files of trimmed events back to the disk. Not earlier: a crash takes an unflushed
    /// trim back, and the events must be there then.
    ///
    /// # Errors
    /// A database error.
    pub fn flush(&self) -> Result<Option<Position>, PartitionError> {
        let before = self.shared.published();
        self.store.flush()?;
        let mut reclaimed = self.reclaimed.lock();
        if before.row.begin > *reclaimed && !self.shared.has_exports() {
            let from = before
                .prefix
                .key(&table::event::tail(SequenceNumber::FIRST));
            let to = before.prefix.key(&table::event::tail(before.row.begin));
            self.store.drop_files_in_range(EVENT, &from, &to)?;
            // A dropped file may have held the tombstone of what another file still holds.
            let mut batch = Batch::default();
            batch.delete_range(EVENT, &from, &to);
            self.store.write(batch)?;
            *reclaimed = before.row.begin;
        }
        Ok(before.row.position)
    }
}
