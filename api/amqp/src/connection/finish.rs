//! The end of a connection.

use roost_edge::Departure;

use super::Connection;
use crate::codec::performative::AmqpError;
use crate::engine::Side;
use crate::metrics;

impl Connection {
    /// The connection is over as far as the protocol goes.
    pub(super) fn closed(&mut self, by: Side, error: Option<AmqpError>) {
        let peer = &self.peer;
        self.is_clean = by == Side::Client && error.is_none();
        match (by, error) {
            (Side::Server, Some(error)) => {
                if self.open.is_none() {
                    metrics::refused("Protocol");
                }
                let why = error.description.unwrap_or_default();
                tracing::warn!(%peer, condition = %error.condition, "connection ended: {why}");
            }
            (Side::Client, Some(error)) => {
                let why = error.description.unwrap_or_default();
                let why: String = why.chars().take(200).collect();
                tracing::info!(%peer, condition = %error.condition, "connection closed by the client: {why}");
            }
            (_, None) => tracing::debug!(%peer, "connection closed"),
        }
    }

    /// Lets the hub know that the devices are gone.
    pub(super) async fn finish(&mut self) {
        let how = if self.is_clean {
            Departure::Clean
        } else {
            Departure::Lost
        };
        // What was read and not answered has been handed over; the answers have no place to go.
        self.work.clear();
        self.links.clear();
        let sessions = self.devices.drain();
        let sessions = sessions.filter_map(|(_, device)| device.session);
        let detached = sessions.map(|session| async move { session.detach(how).await });
        futures::future::join_all(detached).await;
    }
}
