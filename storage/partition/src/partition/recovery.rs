//! From rows on disk to a replica in memory.

use std::sync::Arc;

use roost_engine::{Batch, EngineError, GroupId, StateStore};
use roost_model::PartitionId;

use crate::error::PartitionError;
use crate::index::Catalog;
use crate::position::Applied;
use crate::sessions::Sessions;
use crate::table::partition_row::PartitionRow;
use crate::table::prefix::{self, Prefix};
use crate::table::rows::Rows;
use crate::table::{self, OF_A_PARTITION, SESSION};

/// What a copy of a partition holds.
pub(super) struct Loaded {
    pub(super) row: PartitionRow,
    pub(super) applied: Applied,
    pub(super) sessions: Sessions,
    pub(super) catalog: Arc<Catalog>,
}

pub(super) fn load(rows: &Rows, id: PartitionId) -> Result<Loaded, PartitionError> {
    let row = PartitionRow::read(rows, id)?;
    let membership = table::membership::read(rows)?;
    let mut sessions = Sessions::default();
    for session in rows.scan_from(SESSION, &[]) {
        let (tail, value) = session?;
        sessions.insert(&tail, table::session::decode(&value)?);
    }
    let mut at = row.sessions_written_at;
    for batch in table::event::scan(rows, row.sessions_written_at, row.next) {
        let batch = batch?;
        if batch.header.base_sequence != at {
            return Err(PartitionError::EventMissing(at));
        }
        sessions.fold(&batch)?;
        at = batch.header.next_sequence();
    }
    if at != row.next {
        return Err(PartitionError::EventMissing(at));
    }
    Ok(Loaded {
        row,
        applied: Applied {
            position: row.position,
            membership,
        },
        sessions,
        catalog: Arc::new(Catalog::read(rows)?),
    })
}

/// Removes what is left of copies that are not, or no longer, current.
pub(super) fn clear_other_copies(
    store: &StateStore,
    group: GroupId,
    current: u32,
) -> Result<(), EngineError> {
    let current = Prefix::new(group, current);
    clear(
        store,
        &Prefix::new(group, 0).start(),
        &current.start(),
        true,
    )?;
    clear(store, &current.end(), &prefix::group_end(group), true)
}

/// Removes a range of keys from a partition's tables, if there is anything in it.
///
/// Whole files go at once, unless `files` says that a view may still need them. The tombstone is
/// written after that: a file that is dropped may have held the tombstone of what another file
/// still holds.
pub(super) fn clear(
    store: &StateStore,
    from: &[u8],
    to: &[u8],
    files: bool,
) -> Result<(), EngineError> {
    let mut batch = Batch::default();
    let mut found = false;
    for table in OF_A_PARTITION {
        if from >= to || store.first_from(table, from, to)?.is_none() {
            continue;
        }
        if files {
            store.drop_files_in_range(table, from, to)?;
        }
        batch.delete_range(table, from, to);
        found = true;
    }
    if found { store.write(batch) } else { Ok(()) }
}
