//! Attached sessions.

use roost_model::{Identity, NodeId, identity_key};

use super::Reader;
use crate::error::PartitionError;
use crate::session::SessionState;
use crate::table;

impl Reader {
    /// The identity's session, if one is attached. Does not touch the disk.
    pub fn session(&self, identity: &Identity) -> Option<SessionState> {
        self.shared
            .sessions
            .read()
            .get(&identity_key(identity))
            .cloned()
    }

    /// All attached sessions, in the order of identities. Does not touch the disk.
    ///
    /// # Errors
    /// A damaged key.
    pub fn sessions(&self) -> Result<Vec<(Identity, SessionState)>, PartitionError> {
        self.sessions_where(|_| true)
    }

    /// The sessions whose connections a node holds, or held. Does not touch the disk.
    ///
    /// # Errors
    /// A damaged key.
    pub fn sessions_of(
        &self,
        node: NodeId,
    ) -> Result<Vec<(Identity, SessionState)>, PartitionError> {
        self.sessions_where(|state| state.node == node)
    }

    /// The sessions that a test says yes to; it runs under the lock of the table, so it must be quick.
    /// Does not touch the disk.
    ///
    /// # Errors
    /// A damaged key.
    pub fn sessions_where(
        &self,
        wanted: impl Fn(&SessionState) -> bool,
    ) -> Result<Vec<(Identity, SessionState)>, PartitionError> {
        let mut found: Vec<(Box<[u8]>, SessionState)> = {
            let sessions = self.shared.sessions.read();
            let wanted = sessions.iter().filter(|(_, state)| wanted(state));
            wanted
                .map(|(key, state)| (key.into(), state.clone()))
                .collect()
        };
        found.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        found
            .into_iter()
            .map(|(key, state)| Ok((table::identity::parse_key(&key)?, state)))
            .collect()
    }
}
