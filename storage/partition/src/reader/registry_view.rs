//! All devices and modules at one moment.

use bytes::Bytes;
use roost_model::Identity;

use super::Reader;
use crate::error::PartitionError;
use crate::moment::Moment;
use crate::shared::ExportGuard;
use crate::table::{self, IDENTITY, TWIN};

/// The registry as it was when the view was made. While it lives, the disk keeps what it shows.
#[derive(Debug)]
pub struct RegistryView {
    moment: Moment,
    /// Where it goes on; none when it is over.
    from: Option<Vec<u8>>,
    _guard: ExportGuard,
}

/// One identity's rows, as they are stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistryRow {
    /// A `roost_model::IdentityRecord` in its versioned encoding.
    pub record: Bytes,
    /// The bytes of its twin; none of one that was never changed.
    pub twin: Option<Bytes>,
}

impl Reader {
    /// A view of all identities behind `after`, in the order of devices and their modules.
    ///
    /// # Errors
    /// A database error, damaged rows.
    pub fn registry_view(&self, after: Option<&Identity>) -> Result<RegistryView, PartitionError> {
        let guard = self.shared.export_guard();
        let moment = self.read(|rows, _| Moment::new(rows.store.view(), rows.prefix, self.id))?;
        Ok(RegistryView {
            moment,
            from: Some(after.map(table::identity::after).unwrap_or_default()),
            _guard: guard,
        })
    }
}

impl RegistryView {
    /// The next rows, about `bytes` bytes of identities; none when it is over. Reads the disk.
    ///
    /// # Errors
    /// A database error.
    pub fn next_page(&mut self, bytes: usize) -> Result<Vec<RegistryRow>, PartitionError> {
        let Some(from) = self.from.take() else {
            return Ok(Vec::new());
        };
        let mut records = Vec::new();
        let mut size = 0;
        let mut next = None;
        self.moment.walk(IDENTITY, &from, |tail, record| {
            if size >= bytes {
                next = Some(tail.to_vec());
                return false;
            }
            size += record.len();
            records.push((tail.to_vec(), record));
            true
        })?;
        self.from = next;
        let row = |(tail, record): (Vec<u8>, Bytes)| {
            let twin = self.moment.get(TWIN, &tail)?;
            Ok(RegistryRow { record, twin })
        };
        records.into_iter().map(row).collect()
    }
}
