//! Lets a session rest on a newer credential.

use roost_model::{
    AuthMethod, ConnectionEpoch, ETag, Generation, Grant, Identity, KeyFingerprint, Timestamp,
    identity_key,
};

use crate::context::{Context, Stop};
use crate::rejection::Rejection;
use crate::session::Standing;
use crate::table::{self, SESSION};

/// The connection stays as it is; only MQTT devices have to connect again for a new token.
///
/// Fails with [`Rejection::DeviceNotFound`], [`Rejection::ModuleNotFound`] and
/// [`Rejection::IdentityChanged`].
#[derive(Debug, Clone, PartialEq, Eq, bincode::Encode, bincode::Decode)]
pub struct Renew {
    /// Whose.
    pub identity: Identity,
    /// Which of its sessions.
    pub epoch: ConnectionEpoch,
    /// The generation of the identity that the credential was checked against...
    pub generation: Generation,
    /// ...and its version.
    pub identity_etag: ETag,
    /// How the credential was proved.
    pub auth: AuthMethod,
    /// Whose word that rests on.
    pub grant: Grant,
    /// The key of the identity's own that signed the token, if one did.
    pub key: Option<KeyFingerprint>,
    /// When the credential runs out, if it does.
    pub expires_at: Option<Timestamp>,
}

/// What a renewal came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, bincode::Encode, bincode::Decode)]
pub enum Renewed {
    /// It holds.
    Noted,
    /// It was not the current session; nothing was changed.
    NotCurrent,
}

impl Renew {
    pub(crate) fn apply(self, context: &mut Context<'_>) -> Result<Renewed, Stop> {
        let record = context.existing(&self.identity)?;
        if record.generation != self.generation || record.etag != self.identity_etag {
            return Err(Rejection::IdentityChanged.into());
        }
        let standing = Standing {
            auth: self.auth,
            grant: self.grant,
            key: self.key,
            expires_at: self.expires_at,
        };
        let key = identity_key(&self.identity);
        let mut sessions = context.sessions.write();
        let Some(state) = sessions.renew(&key, self.epoch, standing) else {
            return Ok(Renewed::NotCurrent);
        };
        let row = table::session::encode(state);
        context.tx.put_unread(SESSION, &key, &row);
        Ok(Renewed::Noted)
    }
}
