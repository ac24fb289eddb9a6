//! Devices and modules.

use roost_model::{DeviceId, Identity, IdentityRecord, identity_key};

use super::Reader;
use crate::error::PartitionError;
use crate::table::{self, IDENTITY};

/// How many devices there are, in this partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Statistics {
    /// Devices; modules are not counted.
    pub total: u64,
    /// Of those, enabled ones.
    pub enabled: u64,
    /// Of those, disabled ones.
    pub disabled: u64,
    /// Modules.
    pub modules: u64,
    /// Devices with an attached session.
    pub connected: u64,
}

impl Reader {
    /// An identity's record. While a session is attached, its times are part of it.
    ///
    /// # Errors
    /// A database error, a damaged row.
    pub fn identity(&self, identity: &Identity) -> Result<Option<IdentityRecord>, PartitionError> {
        let key = identity_key(identity);
        let record = self.read(|rows, _| {
            rows.get(IDENTITY, &key)?
                .map(|bytes| table::identity::decode(&bytes))
                .transpose()
        })?;
        Ok(record.map(|record| self.with_session(record, &key)))
    }

    /// The modules of a device, in the order of their ids.
    ///
    /// # Errors
    /// A database error, a damaged row.
    pub fn modules(&self, device: &DeviceId) -> Result<Vec<IdentityRecord>, PartitionError> {
        let (from, to) = table::identity::module_range(device);
        let rows = self.read(|rows, _| {
            rows.scan(IDENTITY, &from, &to)
                .collect::<Result<Vec<_>, _>>()
        })?;
        rows.into_iter()
            .map(|(key, value)| Ok(self.with_session(table::identity::decode(&value)?, &key)))
            .collect()
    }

    /// Up to `limit` identities behind `after`, in the order of devices and their modules.
    ///
    /// # Errors
    /// A database error, a damaged row.
    pub fn identities(
        &self,
        after: Option<&Identity>,
        limit: usize,
    ) -> Result<Vec<IdentityRecord>, PartitionError> {
        let from = after.map(table::identity::after).unwrap_or_default();
        let rows = self.read(|rows, _| {
            rows.scan_from(IDENTITY, &from)
                .take(limit)
                .collect::<Result<Vec<_>, _>>()
        })?;
        rows.into_iter()
            .map(|(key, value)| Ok(self.with_session(table::identity::decode(&value)?, &key)))
            .collect()
    }

    /// Up to `limit` devices behind `after`, in the order of their ids, without their modules.
    ///
    /// # Errors
    /// A database error, a damaged row.
    pub fn devices(
        &self,
        after: Option<&DeviceId>,
        limit: usize,
    ) -> Result<Vec<IdentityRecord>, PartitionError> {
        let from = after.map(table::identity::after_device).unwrap_or_default();
        let rows = self.read(|rows, _| {
            let devices = rows.scan_from(IDENTITY, &from).filter(|row| {
                row.as_ref()
                    .map_or(true, |(key, _)| table::identity::is_device(key))
            });
            devices.take(limit).collect::<Result<Vec<_>, _>>()
        })?;
        rows.into_iter()
            .map(|(key, value)| Ok(self.with_session(table::identity::decode(&value)?, &key)))
            .collect()
    }

    /// Counts that are kept, not counted.
    pub fn statistics(&self) -> Statistics {
        let row = self.row();
        Statistics {
            total: row.devices,
            enabled: row.devices - row.disabled_devices,
            disabled: row.disabled_devices,
            modules: row.modules,
            connected: self.shared.sessions.read().devices() as u64,
        }
    }

    /// A session keeps the times of its connection to itself until it ends.
    fn with_session(&self, mut record: IdentityRecord, key: &[u8]) -> IdentityRecord {
        if let Some(session) = self.shared.sessions.read().get(key) {
            record.connection_state_updated_at = record
                .connection_state_updated_at
                .max(session.connected_since);
            record.last_activity_at = record.last_activity_at.max(session.last_activity_at);
        }
        record
    }
}
