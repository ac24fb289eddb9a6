//! A session belongs to an identity that may be connected, and its row is not ahead of it.

use std::collections::{BTreeMap, BTreeSet};

use roost_model::{Identity, identity_key};

use super::Findings;
use crate::error::PartitionError;
use crate::reader::Reader;
use crate::session::SessionState;
use crate::table::{self, SESSION};

pub(super) fn check(reader: &Reader, found: &mut Findings) -> Result<(), PartitionError> {
    let last_epoch = reader.row().last_epoch;
    let mut stored = rows(reader)?;
    let mut epochs = BTreeSet::new();
    for (identity, state) in reader.sessions()? {
        let epoch = state.epoch;
        found.require(epochs.insert(epoch), "epochs are unique", || {
            format!("{epoch}")
        });
        found.require(epoch <= last_epoch, "epochs are counted", || {
            format!("{epoch}")
        });
        owner(reader, &identity, &state, found)?;
        let row = stored.remove(&identity_key(&identity));
        let behind = row.as_ref().is_some_and(|row| {
            row.last_sequence <= state.last_sequence
                && row.last_activity_at <= state.last_activity_at
                && *row == same_progress(&state, row)
        });
        found.require(behind, "a session has its row", || {
            format!("{identity}: {row:?}")
        });
    }
    found.require(stored.is_empty(), "a session row has its session", || {
        format!("{stored:?}")
    });
    Ok(())
}

fn rows(reader: &Reader) -> Result<BTreeMap<Vec<u8>, SessionState>, PartitionError> {
    reader.read(|rows, _| {
        rows.scan_from(SESSION, &[])
            .map(|row| {
                let (tail, value) = row?;
                Ok((tail.into_vec(), table::session::decode(&value)?))
            })
            .collect()
    })
}

fn owner(
    reader: &Reader,
    identity: &Identity,
    state: &SessionState,
    found: &mut Findings,
) -> Result<(), PartitionError> {
    let record = reader.identity(identity)?;
    let same = record
        .as_ref()
        .is_some_and(|record| record.generation == state.generation);
    found.require(same, "a session's identity is of its generation", || {
        format!("{identity}")
    });
    let device = reader.identity(&Identity::device(identity.device.clone()))?;
    let enabled = device.is_some_and(|device| device.is_enabled());
    found.require(enabled, "a session's device is enabled", || {
        format!("{identity}")
    });
    Ok(())
}

/// The state with the progress that its row knows of.
fn same_progress(state: &SessionState, row: &SessionState) -> SessionState {
    SessionState {
        last_sequence: row.last_sequence,
        last_activity_at: row.last_activity_at,
        ..state.clone()
    }
}
