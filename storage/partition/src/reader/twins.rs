//! Twins.

use roost_model::{Identity, Twin, identity_key};

use super::Reader;
use crate::error::PartitionError;
use crate::op::DesiredChange;
use crate::table::{self, TWIN};

impl Reader {
    /// An identity's twin. Whether there is such an identity is another question: of one that is
    /// not, it is that of a new one.
    ///
    /// # Errors
    /// A database error, a damaged row.
    pub fn twin(&self, identity: &Identity) -> Result<Twin, PartitionError> {
        let key = identity_key(identity);
        let row = self.read(|rows, _| Ok(rows.get(TWIN, &key)?))?;
        row.map_or_else(|| Ok(Twin::default()), table::twin::decode)
    }

    /// The changes of an identity's desired properties that lead from `version` to the newest one, in
    /// order. None when this replica does not know them all, or not any more; it keeps the latest of
    /// those whose devices were subscribed. Does not touch the disk.
    pub fn desired_changes(&self, identity: &Identity, version: u64) -> Option<Vec<DesiredChange>> {
        let key = identity_key(identity);
        self.shared.recent.read().behind(&key, version)
    }
}
