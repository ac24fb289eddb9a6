//! Who is connected.

use bincode::{Decode, Encode};
use roost_model::{AuthMethod, Ending, Identity, NodeId, Timestamp};

use super::{HubClient, HubError, unexpected};
use crate::registry::{RegistryAnswer, RegistryRequest};
use crate::wire::{Answer, Request};

/// An identity's connection, exactly as the log has it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct ConnectionView {
    /// Since when it is as it is; [`Timestamp::NEVER`] when it was never connected.
    pub changed_at: Timestamp,
    /// The last connect or message over MQTT.
    pub last_activity_at: Timestamp,
    /// The connection that there is.
    pub session: Option<SessionView>,
    /// How the last one ended that was not followed by another at once.
    pub last_ending: Option<Ending>,
}

/// A connection that there is.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct SessionView {
    /// The node that holds the socket.
    pub node: NodeId,
    /// The edge's code for the protocol.
    pub protocol: u8,
    /// How it was authenticated.
    pub auth: AuthMethod,
    /// When the credential runs out, if it does.
    pub expires_at: Option<Timestamp>,
}

impl HubClient {
    /// Reads an identity's connection, linearizably.
    ///
    /// # Errors
    /// 404001 or 404010 when there is no such identity.
    pub async fn connection(&self, identity: &Identity) -> Result<ConnectionView, HubError> {
        let home = self.home(identity)?;
        let request = Request::Registry(RegistryRequest::Connection(identity.clone()));
        match self.ask(home, request).await? {
            Answer::Registry(RegistryAnswer::Connection(view)) => Ok(view),
            _ => Err(unexpected()),
        }
    }
}
