//! Identities and their sessions.

use roost_model::{
    AuthScope, Authentication, DetachReason, DeviceId, Ending, Identity, IdentityRecord,
    identity_key,
};

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

    pub(crate) fn has_identity(&self, identity: &Identity) -> Result<bool, PartitionError> {
        Ok(self.tx.get(IDENTITY, &identity_key(identity))?.is_some())
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
        reason: DetachReason,
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
        record.last_ending = Some(Ending {
            reason,
            node: state.node,
        });
        self.announce_connection(&record.identity, state.generation, state.epoch, false)?;
        Ok(Some(state.ended(record.identity.clone())))
    }

    /// As [`Context::end_session`], if the identity's session rests on a key that it has no more, or
    /// on another way to authenticate.
    pub(crate) fn end_session_without_key(
        &mut self,
        record: &mut IdentityRecord,
    ) -> Result<Option<EndedSession>, PartitionError> {
        let key = identity_key(&record.identity);
        let session = self
            .sessions
            .read()
            .get(&key)
            .map(|one| (one.key, one.auth.scope));
        let Some((used, scope)) = session else {
            return Ok(None);
        };
        let holds = match (&record.authentication, used) {
            (Authentication::Sas(keys), Some(used)) => keys.have(used),
            (Authentication::Sas(_), None) => scope == AuthScope::Hub,
            _ => false,
        };
        if holds {
            return Ok(None);
        }
        self.end_session(record, DetachReason::Revoked)
    }
}
