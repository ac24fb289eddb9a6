//! What the hub has for a device becomes PUBLISH packets.

use roost_edge::Delivery;

use crate::connection::Connection;
use crate::method;

/// Resolves when the packet is in the socket's buffer; waits while the client does not read.
pub(crate) async fn deliver(connection: &Connection, delivery: Delivery) {
    connection.touch();
    match delivery {
        Delivery::Method(request) => method::ask(connection, request).await,
    }
}
