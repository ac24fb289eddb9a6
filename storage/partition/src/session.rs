//! An attached session.

use roost_model::{
    AuthMethod, Channels, ConnectionEpoch, Generation, Grant, Identity, Incarnation,
    KeyFingerprint, NodeId, Timestamp,
};

use crate::outcome::EndedSession;
use crate::will::Will;

/// The session of an identity: which connection may speak for it, and how far it has got.
#[derive(Debug, Clone, PartialEq, bincode::Encode, bincode::Decode)]
pub struct SessionState {
    /// Given out in log order: the higher one is the newer session.
    pub epoch: ConnectionEpoch,
    /// The generation of the identity that attached.
    pub generation: Generation,
    /// The node that holds the connection.
    pub node: NodeId,
    /// The start of that node in which the connection was made.
    pub incarnation: Incarnation,
    /// How the connection was authenticated.
    pub auth: AuthMethod,
    /// Whose word that rests on.
    pub grant: Grant,
    /// The edge's code for the protocol; not read here.
    pub protocol: u8,
    /// Whether the connection asked for a clean session.
    pub clean: bool,
    /// What the device has subscribed to.
    pub channels: Channels,
    /// The Plug and Play model that the device named.
    pub model_id: Option<String>,
    /// The key of the identity's own that signed the connection's token, if one did.
    pub key: Option<KeyFingerprint>,
    /// When the credential runs out, if it does.
    pub expires_at: Option<Timestamp>,
    /// Stored as telemetry if the connection is lost.
    pub will: Option<Box<Will>>,
    /// Since when the identity has been connected without a break; replacing a session is no break.
    pub connected_since: Timestamp,
    /// The last attach or stored event.
    pub last_activity_at: Timestamp,
    /// The number of the session's last stored event; 0 before the first.
    pub last_sequence: u64,
}

/// What lets a session speak for its identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) auth: AuthMethod,
    pub(crate) grant: Grant,
    pub(crate) key: Option<KeyFingerprint>,
    pub(crate) expires_at: Option<Timestamp>,
}

impl SessionState {
    /// What is remembered for the identity's next connection.
    pub(crate) fn subscriptions(&self) -> Option<Channels> {
        (!self.clean).then_some(self.channels)
    }

    pub(crate) fn ended(&self, identity: Identity) -> EndedSession {
        EndedSession {
            identity,
            epoch: self.epoch,
            node: self.node,
            incarnation: self.incarnation,
        }
    }
}
