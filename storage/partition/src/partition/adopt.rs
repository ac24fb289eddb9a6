//! Becoming what another replica exported.

use roost_engine::Batch;

use super::{Partition, recovery};
use crate::error::{PartitionError, SnapshotError};
use crate::import::Import;
use crate::recent::RecentChanges;
use crate::table::pointer;
use crate::table::prefix::Prefix;
use crate::table::rows::Rows;

impl Partition {
    /// Replaces the whole state by a finished import.
    ///
    /// The new copy is put beside the old one as files; a row that points to it is what makes it current,
    /// so a crash at any moment leaves one or the other. Durable when it returns.
    ///
    /// # Errors
    /// [`SnapshotError::Incomplete`] before [`Import::finish`], [`SnapshotError::Stale`] when the
    /// replica has gone further meanwhile, damaged rows, a database error. Nothing has changed then.
    pub fn adopt(&mut self, import: Import) -> Result<(), PartitionError> {
        let staged = import.into_staged()?;
        if staged.applied.position < self.applied.position
            || staged.copy != self.copy.saturating_add(1)
        {
            return Err(SnapshotError::Stale.into());
        }
        let store = self.rows.store.clone();
        let old = self.rows.prefix;
        let new = Prefix::new(self.group, staged.copy);
        recovery::clear(&store, &new.start(), &new.end(), true)?;
        store.ingest(staged.files)?;
        let rows = Rows {
            store: store.clone(),
            prefix: new,
        };
        let loaded = recovery::load(&rows, self.id)?;
        if loaded.applied != staged.applied {
            return Err(SnapshotError::CountMismatch.into());
        }

        let mut batch = Batch::default();
        pointer::put(&mut batch, self.group, staged.copy);
        store.write(batch)?;
        store.flush()?;

        self.rows = rows;
        self.copy = staged.copy;
        self.row = loaded.row;
        self.applied = loaded.applied;
        self.catalog = loaded.catalog;
        self.stopped = false;
        {
            // Both at once, for readers that look at both.
            let mut sessions = self.shared.sessions.write();
            *sessions = loaded.sessions;
            *self.shared.recent.write() = RecentChanges::default();
            self.publish();
        }
        (self.settings.on_append)(self.row.next);
        tracing::info!(group = self.group.0, position = ?self.row.position, "snapshot adopted");
        recovery::clear(&store, &old.start(), &old.end(), !self.shared.has_exports())?;
        Ok(())
    }
}
