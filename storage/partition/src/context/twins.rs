//! Twins.

use roost_model::{Identity, Twin, TwinRef, identity_key};

use super::Context;
use crate::error::PartitionError;
use crate::table::{self, TWIN};

impl Context<'_> {
    /// An identity's twin, whether it is stored or not.
    pub(crate) fn twin(&self, identity: &Identity) -> Result<Twin, PartitionError> {
        let row = self.tx.get(TWIN, &identity_key(identity))?;
        row.map_or_else(|| Ok(Twin::default()), table::twin::decode)
    }

    pub(crate) fn put_twin(
        &mut self,
        identity: &Identity,
        twin: &Twin,
    ) -> Result<(), PartitionError> {
        if let Some(bytes) = twin.bytes() {
            let key = identity_key(identity);
            self.reindex(&key, &twin.view())?;
            self.tx.put(TWIN, &key, bytes.clone());
        }
        Ok(())
    }

    pub(crate) fn delete_twin(&mut self, identity: &Identity) -> Result<(), PartitionError> {
        let key = identity_key(identity);
        self.reindex(&key, &TwinRef::NEW)?;
        self.tx.delete(TWIN, &key);
        Ok(())
    }
}
