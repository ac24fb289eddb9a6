//! Makes a connection the identity's session.

use roost_model::{
    AuthMethod, Channels, ConnectionEpoch, ETag, Generation, Grant, Identity, Incarnation,
    KeyFingerprint, NodeId, Timestamp, identity_key,
};

use crate::context::{Context, Stop};
use crate::outcome::EndedSession;
use crate::rejection::Rejection;
use crate::session::SessionState;
use crate::table::{self, SESSION};
use crate::will::Will;

/// The newest session wins: the one before it is over, and its will is not published (renewing a
/// token is a new connection).
///
/// Fails with [`Rejection::DeviceNotFound`], [`Rejection::ModuleNotFound`],
/// [`Rejection::IdentityChanged`] and [`Rejection::Disabled`].
#[derive(Debug, Clone, PartialEq, bincode::Encode, bincode::Decode)]
pub struct Attach {
    /// Whose.
    pub identity: Identity,
    /// The generation of the identity that the credential was checked against...
    pub generation: Generation,
    /// ...and its version.
    pub identity_etag: ETag,
    /// The node that holds the connection.
    pub node: NodeId,
    /// The start of that node.
    pub incarnation: Incarnation,
    /// How the connection was authenticated.
    pub auth: AuthMethod,
    /// Whose word that rests on.
    pub grant: Grant,
    /// Whether the connection asked for a clean session.
    pub clean: bool,
    /// The edge's code for the protocol.
    pub protocol: u8,
    /// The Plug and Play model that the device named.
    pub model_id: Option<String>,
    /// The key of the identity's own that signed the connection's token, if one did.
    pub key: Option<KeyFingerprint>,
    /// When the credential runs out, if it does.
    pub expires_at: Option<Timestamp>,
    /// Stored as telemetry if the connection is lost.
    pub will: Option<Will>,
}

/// What an attach did.
#[derive(Debug, Clone, PartialEq, Eq, bincode::Encode, bincode::Decode)]
pub struct Attached {
    /// The new session's.
    pub epoch: ConnectionEpoch,
    /// The session that it took the place of.
    pub replaced: Option<EndedSession>,
    /// What the identity's last connection had subscribed to, when both asked to be remembered: it
    /// holds for this one.
    pub resumed: Option<Channels>,
}

impl Attach {
    pub(crate) fn apply(self, context: &mut Context<'_>) -> Result<Attached, Stop> {
        let record = context.existing(&self.identity)?;
        if record.generation != self.generation || record.etag != self.identity_etag {
            return Err(Rejection::IdentityChanged.into());
        }
        let enabled = if self.identity.is_module() {
            context
                .existing(&Identity::device(self.identity.device.clone()))?
                .is_enabled()
        } else {
            record.is_enabled()
        };
        if !enabled {
            return Err(Rejection::Disabled.into());
        }

        let key = identity_key(&self.identity);
        let epoch = context.row.next_epoch();
        let before = context
            .sessions
            .read()
            .get(&key)
            .map(|old| (old.connected_since, old.subscriptions()));
        if before.is_none() {
            context.announce_connection(&self.identity, self.generation, epoch, true)?;
        }
        let (connected_since, remembered) = before.unwrap_or((context.at, record.subscriptions));
        let resumed = remembered.filter(|_| !self.clean);
        let state = SessionState {
            epoch,
            generation: self.generation,
            node: self.node,
            incarnation: self.incarnation,
            auth: self.auth,
            grant: self.grant,
            protocol: self.protocol,
            clean: self.clean,
            channels: resumed.unwrap_or_default(),
            model_id: self.model_id,
            key: self.key,
            expires_at: self.expires_at,
            will: self.will.map(Box::new),
            connected_since,
            last_activity_at: context.at,
            last_sequence: 0,
        };
        context
            .tx
            .put_unread(SESSION, &key, &table::session::encode(&state));
        let replaced = context.sessions.write().insert(&key, state);
        let replaced = replaced.map(|old| old.ended(self.identity));
        Ok(Attached {
            epoch,
            replaced,
            resumed,
        })
    }
}
