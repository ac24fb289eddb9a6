//! What the registry and the session add to a twin. Read only when a query asks for it.

use bytes::Bytes;
use roost_model::{IdentityRecord, Status};

use super::Scene;
use crate::error::PartitionError;
use crate::table::queue::{self, QueueHeader};
use crate::table::{self, IDENTITY, QUEUE};

/// Of one identity.
#[derive(Debug)]
pub(super) struct Facts {
    /// With the times of an attached session.
    pub(super) record: IdentityRecord,
    /// Of the device: a module has none of its own.
    pub(super) status: Status,
    pub(super) connected: bool,
    pub(super) model_id: Option<String>,
}

impl Scene<'_> {
    /// The facts of an identity, if there is one.
    pub(super) fn facts(
        &self,
        key: &[u8],
        known: Option<&[u8]>,
    ) -> Result<Option<Facts>, PartitionError> {
        let stored = match known {
            Some(bytes) => Some(Bytes::copy_from_slice(bytes)),
            None => self.view.get(IDENTITY, &self.prefix.key(key))?,
        };
        let Some(bytes) = stored else {
            return Ok(None);
        };
        let mut record = table::identity::decode(&bytes)?;
        let status = match record.identity.is_module() {
            false => record.status,
            true => self.device_status(key)?,
        };
        let sessions = self.sessions.read();
        let session = sessions.get(key);
        if let Some(session) = session {
            let updated = &mut record.connection_state_updated_at;
            *updated = (*updated).max(session.connected_since);
            record.last_activity_at = record.last_activity_at.max(session.last_activity_at);
        }
        Ok(Some(Facts {
            connected: session.is_some(),
            model_id: session.and_then(|session| session.model_id.clone()),
            record,
            status,
        }))
    }

    /// How many messages wait for an identity, those that receivers hold included.
    pub(super) fn waiting_messages(&self, key: &[u8]) -> Result<u32, PartitionError> {
        let tail = queue::header_tail(key);
        match self.view.get(QUEUE, &self.prefix.key(&tail))? {
            Some(bytes) => Ok(QueueHeader::decode(&bytes)?.depth),
            None => Ok(0),
        }
    }

    fn device_status(&self, module_key: &[u8]) -> Result<Status, PartitionError> {
        let device = table::identity::device_part(module_key);
        let row = self.view.get(IDENTITY, &self.prefix.key(device))?;
        match row {
            Some(bytes) => Ok(table::identity::decode(&bytes)?.status),
            None => Err(PartitionError::row("identity", "a module has no device")),
        }
    }
}
