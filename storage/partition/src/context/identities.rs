//! Identities and their sessions.

use roost_model::{DeviceId, Identity, IdentityRecord, identity_key};

use super::{Context, Stop};
use crate::error::PartitionError;
use crate::outcome::EndedSession;
use crate::rejection::Rejection;
use crate::table::{self, IDENTITY, SESSION};

impl Context<'_> {
    pub(crate) fn identity(
        &self,
        identity: &Identity,
    ) -> Result<Option<IdentityRecord>, PartitionError> {
        self.identity_by_key(&identity_key(identity))
    }

    pub(crate) fn identity_by_key(
        &self,
        key: &[u8],
    ) -> Result<Option<IdentityRecord>, PartitionError> {
        self.tx
            .get(IDENTITY, key)?
            .map(|bytes| table::identity::decode(&bytes))
            .transpose()
    }

    /// The identity, or the refusal that says that it is missing.
    pub(crate) fn existing(&self, identity: &Identity) -> Result<IdentityRecord, Stop> {
        let missing = if identity.is_module() {
            Rejection::ModuleNotFound
        } else {
            Rejection::DeviceNotFound
        };
        Ok(self.identity(identity)?.ok_or(missing)?)
    }

    pub(crate) fn put_identity(&mut self, record: &IdentityRecord) {
        let key = identity_key(&record.identity);
        self.tx.put(IDENTITY, &key, table::identity::encode(record));
    }

    /// The modules of a device, in the order of their ids.
    pub(crate) fn modules(&self, device: &DeviceId) -> Result<Vec<IdentityRecord>, PartitionError> {
        let (from, to) = table::identity::module_range(device);
        let rows = self.tx.collect(IDENTITY, &from, &to)?;
        rows.iter()
            .map(|bytes| table::identity::decode(bytes))
            .collect()
    }

    /// Ends the identity's session, if it has one, and notes it in its record, which the caller puts.
    pub(crate) fn end_session(
        &mut self,
        record: &mut IdentityRecord,
    ) -> Result<Option<EndedSession>, PartitionError> {
        let key = identity_key(&record.identity);
        let ended = self.sessions.write().remove(&key);
        let Some(state) = ended else {
            return Ok(None);
        };
        self.tx.delete_unread(SESSION, &key);
        record.connection_state_updated_at = self.at.max(state.connected_since);
        record.last_activity_at = record.last_activity_at.max(state.last_activity_at);
        record.subscriptions = state.subscriptions();
        self.announce_connection(&record.identity, state.generation, state.epoch, false)?;
        Ok(Some(state.ended(record.identity.clone())))
    }
}
