//! Twins.

use roost_model::{Identity, Twin, identity_key};

use super::Reader;
use crate::error::PartitionError;
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
}
