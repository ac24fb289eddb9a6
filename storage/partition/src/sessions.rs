//! The attached sessions of a partition, in memory.
//!
//! A session's progress changes with every event; its row does not. Rows are written at attach and,
//! for sessions that progressed, every so many stored events ([`crate::Cadence`]). What lies between a
//! row and the end of the stream is read from the events themselves when a replica is opened.

use std::collections::HashMap;

use roost_engine::SeededBug;
use roost_model::{Channels, ConnectionEpoch, StoredBatch, Timestamp};

use crate::error::PartitionError;
use crate::op::AppendRejection;
use crate::session::{SessionState, Standing};
use crate::table;

/// By identity key.
#[derive(Debug, Default)]
pub(crate) struct Sessions {
    by_key: HashMap<Box<[u8]>, Entry>,
    /// How many of them are of devices.
    devices: usize,
    /// Keys of entries that became dirty; may hold keys that no longer are, or twice.
    dirty: Vec<Box<[u8]>>,
}

#[derive(Debug)]
struct Entry {
    state: SessionState,
    /// The row is behind the state.
    dirty: bool,
}

/// What becomes of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Store,
    /// Was stored before: acknowledged, and not stored again.
    Duplicate,
    Refuse(AppendRejection),
}

impl Sessions {
    pub(crate) fn get(&self, key: &[u8]) -> Option<&SessionState> {
        self.by_key.get(key).map(|entry| &entry.state)
    }

    /// How many devices have one; those of modules are not counted.
    pub(crate) fn devices(&self) -> usize {
        self.devices
    }

    /// In no particular order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&[u8], &SessionState)> {
        self.by_key
            .iter()
            .map(|(key, entry)| (&**key, &entry.state))
    }

    /// Puts a session whose row is written or read as it is; gives the one before it.
    pub(crate) fn insert(&mut self, key: &[u8], state: SessionState) -> Option<SessionState> {
        let entry = Entry {
            state,
            dirty: false,
        };
        let before = self.by_key.insert(key.into(), entry);
        self.devices += usize::from(before.is_none() && table::identity::is_device(key));
        before.map(|entry| entry.state)
    }

    pub(crate) fn remove(&mut self, key: &[u8]) -> Option<SessionState> {
        let gone = self.by_key.remove(key)?;
        self.devices -= usize::from(table::identity::is_device(key));
        Some(gone.state)
    }

    /// Notes what a session has subscribed to; gives its new state, none if it is not the current one.
    pub(crate) fn subscribe(
        &mut self,
        key: &[u8],
        epoch: ConnectionEpoch,
        channels: Channels,
    ) -> Option<&SessionState> {
        let entry = self
            .by_key
            .get_mut(key)
            .filter(|entry| entry.state.epoch == epoch)?;
        entry.state.channels = channels;
        Some(&entry.state)
    }

    /// Lets a session rest on another credential; gives its new state, none if it is not the current one.
    pub(crate) fn renew(
        &mut self,
        key: &[u8],
        epoch: ConnectionEpoch,
        standing: Standing,
    ) -> Option<&SessionState> {
        let entry = self
            .by_key
            .get_mut(key)
            .filter(|entry| entry.state.epoch == epoch)?;
        let Standing {
            auth,
            grant,
            key,
            expires_at,
        } = standing;
        entry.state.auth = auth;
        entry.state.grant = grant;
        entry.state.key = key;
        entry.state.expires_at = expires_at;
        Some(&entry.state)
    }

    /// Decides about a record of a session, and takes it into account if it is to be stored.
    pub(crate) fn admit(
        &mut self,
        key: &[u8],
        epoch: ConnectionEpoch,
        sequence: u64,
        at: Timestamp,
    ) -> Verdict {
        let Some(entry) = self
            .by_key
            .get_mut(key)
            .filter(|entry| entry.state.epoch == epoch || SeededBug::UnfencedSession.is_in())
        else {
            return Verdict::Refuse(AppendRejection::Superseded);
        };
        if entry.state.epoch != epoch {
            return Verdict::Store;
        }
        let last = entry.state.last_sequence;
        if sequence <= last {
            return match SeededBug::SkippedDedup.is_in() {
                true => Verdict::Store,
                false => Verdict::Duplicate,
            };
        }
        if sequence - last > 1 {
            return Verdict::Refuse(AppendRejection::OutOfOrder { expected: last + 1 });
        }
        if entry.advance(sequence, at) {
            self.dirty.push(key.into());
        }
        Verdict::Store
    }

    /// Takes a stored batch into account, as [`Sessions::admit`] did when it was stored.
    pub(crate) fn fold(&mut self, batch: &StoredBatch) -> Result<(), PartitionError> {
        for record in batch {
            let (_, record) = record.map_err(|error| PartitionError::row("event", error))?;
            let (epoch, sequence) = (record.epoch(), record.sequence());
            let Some(entry) = self.by_key.get_mut(record.identity_key()) else {
                continue;
            };
            if entry.state.epoch == epoch
                && sequence > entry.state.last_sequence
                && entry.advance(sequence, batch.header.enqueued_at)
            {
                self.dirty.push(record.identity_key().into());
            }
        }
        Ok(())
    }

    /// Calls `write` with every session whose row is behind, in the order of keys. Afterwards none is.
    pub(crate) fn write_dirty(&mut self, mut write: impl FnMut(&[u8], &SessionState)) {
        let mut keys = std::mem::take(&mut self.dirty);
        keys.sort_unstable();
        for key in keys {
            if let Some(entry) = self.by_key.get_mut(&key)
                && std::mem::take(&mut entry.dirty)
            {
                write(&key, &entry.state);
            }
        }
    }
}

impl Entry {
    /// True when the entry became dirty by it.
    fn advance(&mut self, sequence: u64, at: Timestamp) -> bool {
        self.state.last_sequence = sequence;
        self.state.last_activity_at = self.state.last_activity_at.max(at);
        !std::mem::replace(&mut self.dirty, true)
    }
}

#[cfg(test)]
mod tests;
