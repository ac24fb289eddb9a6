use std::fmt;
use std::sync::Arc;

use roost_actors::client::HubClient;
use roost_edge::Edge;
use tokio_util::sync::CancellationToken;

use crate::body::BodyLimits;
use crate::{Admin, WebSocketTunnels};

/// What the routes work on.
#[derive(Clone)]
pub struct HttpState {
    /// Device sessions and the check of credentials.
    pub edge: Edge,
    /// Registry and event stream.
    pub hub: HubClient,
    /// The cluster's roster.
    pub admin: Arc<dyn Admin>,
    /// Where WebSocket connections go.
    pub tunnels: WebSocketTunnels,
}

impl fmt::Debug for HttpState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpState")
            .field("tunnels", &self.tunnels)
            .finish_non_exhaustive()
    }
}

/// The state together with what every request needs from the configuration.
pub(crate) struct Shared {
    pub(crate) state: HttpState,
    pub(crate) body: BodyLimits,
    /// Fires when the server is to stop: long polls answer, streams and tunnels end.
    pub(crate) shutdown: CancellationToken,
}
