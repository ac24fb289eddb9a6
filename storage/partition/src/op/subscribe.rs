//! Notes what a device has subscribed to.

use roost_model::{Channels, ConnectionEpoch, Identity, identity_key};

use crate::context::{Context, Stop};
use crate::table::{self, SESSION};

/// Never refused: a session that is not the current one has nothing to subscribe to any more.
#[derive(Debug, Clone, PartialEq, Eq, bincode::Encode, bincode::Decode)]
pub struct Subscribe {
    /// Whose.
    pub identity: Identity,
    /// Which of its sessions.
    pub epoch: ConnectionEpoch,
    /// All that the session is subscribed to from now on.
    pub channels: Channels,
}

/// What a subscription came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, bincode::Encode, bincode::Decode)]
pub enum Subscribed {
    /// It holds.
    Noted,
    /// It was not the current session; nothing was changed.
    NotCurrent,
}

impl Subscribe {
    pub(crate) fn apply(self, context: &mut Context<'_>) -> Result<Subscribed, Stop> {
        let key = identity_key(&self.identity);
        let mut sessions = context.sessions.write();
        let Some(state) = sessions.subscribe(&key, self.epoch, self.channels) else {
            return Ok(Subscribed::NotCurrent);
        };
        let row = table::session::encode(state);
        context.tx.put_unread(SESSION, &key, &row);
        Ok(Subscribed::Noted)
    }
}
