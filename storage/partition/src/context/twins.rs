//! Twins.

use roost_model::{Channel, Identity, Twin, TwinRef, identity_key};

use super::Context;
use crate::error::PartitionError;
use crate::op::DesiredChange;
use crate::recent::RecentChange;
use crate::session::SessionState;
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

    /// Keeps a change in mind whose device wants to be told of it.
    pub(crate) fn remember_desired(
        &mut self,
        identity: &Identity,
        from: u64,
        change: &DesiredChange,
    ) {
        let key = identity_key(identity);
        let wanted = |session: &SessionState| session.channels.contains(Channel::DesiredProperties);
        if self.sessions.read().get(&key).is_some_and(wanted) {
            self.recent.push(RecentChange {
                key: key[..].into(),
                from,
                change: change.clone(),
            });
        }
    }

    pub(crate) fn delete_twin(&mut self, identity: &Identity) -> Result<(), PartitionError> {
        let key = identity_key(identity);
        self.reindex(&key, &TwinRef::NEW)?;
        self.tx.delete(TWIN, &key);
        Ok(())
    }
}
