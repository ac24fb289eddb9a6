use roost_actors::client::{ConnectionView, SessionView};
use roost_edge::Protocol;
use roost_model::{AuthKind, AuthScope, Ending, Identity};
use serde::Serialize;
use utoipa::ToSchema;

use super::device::connection_state;

/// Whether an identity is connected, exactly: as of the moment of the request, and through any node.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Connection)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ConnectionDocument {
    device_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    module_id: Option<String>,
    /// `Connected` or `Disconnected`.
    connection_state: &'static str,
    /// Since when. A connection that takes the place of another is no change.
    connection_state_updated_time: String,
    /// The last connect or message, other than over HTTPS.
    last_activity_time: String,
    /// The connection that there is.
    session: Option<SessionDocument>,
    /// How the last connection ended.
    last_disconnect: Option<EndingDocument>,
}

/// A connection that there is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ConnectionSession)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SessionDocument {
    /// The node that holds the socket.
    node: u64,
    /// `mqtt` or `mqtt-ws`.
    protocol: Option<&'static str>,
    authentication: SessionAuthentication,
    /// When the credential runs out, if it does.
    expires_time: Option<String>,
}

/// How the connection was authenticated.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SessionAuthentication {
    /// Whose credential: `hub`, `device` or `module`.
    scope: &'static str,
    /// `sas` or `x509`.
    #[serde(rename = "type")]
    kind: &'static str,
}

/// How a connection ended.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ConnectionEnding)]
pub(crate) struct EndingDocument {
    /// `clean` (the device said goodbye), `lost`, `expired` (its token), `revoked` (disabled, deleted
    /// or given other keys), `nodeLost` or `graceExpired` (the node that held it is gone, or did not
    /// name it in time).
    reason: &'static str,
    /// The node that held the socket.
    node: u64,
}

impl ConnectionDocument {
    pub(crate) fn new(identity: &Identity, view: &ConnectionView) -> Self {
        ConnectionDocument {
            device_id: identity.device.to_string(),
            module_id: identity.module.as_ref().map(ToString::to_string),
            connection_state: connection_state(view.session.is_some()),
            connection_state_updated_time: view.changed_at.to_iso(),
            last_activity_time: view.last_activity_at.to_iso(),
            session: view.session.as_ref().map(SessionDocument::from),
            last_disconnect: view.last_ending.map(EndingDocument::from),
        }
    }
}

impl From<&SessionView> for SessionDocument {
    fn from(session: &SessionView) -> Self {
        SessionDocument {
            node: session.node.get(),
            protocol: Protocol::from_code(session.protocol).map(Protocol::name),
            authentication: SessionAuthentication {
                scope: match session.auth.scope {
                    AuthScope::Hub => "hub",
                    AuthScope::Device => "device",
                    AuthScope::Module => "module",
                },
                kind: match session.auth.kind {
                    AuthKind::Sas => "sas",
                    AuthKind::X509 => "x509",
                },
            },
            expires_time: session.expires_at.map(|at| at.to_iso()),
        }
    }
}

impl From<Ending> for EndingDocument {
    fn from(ending: Ending) -> Self {
        EndingDocument {
            reason: ending.reason.name(),
            node: ending.node.get(),
        }
    }
}
