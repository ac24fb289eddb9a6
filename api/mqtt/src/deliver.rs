//! What the hub has for a device becomes PUBLISH packets.

use std::rc::Rc;

use roost_edge::Delivery;

use crate::connection::Connection;
use crate::{devicebound, method, twin};

/// Resolves when the packet is in the socket's buffer; waits while the client does not read.
pub(crate) async fn deliver(connection: &Rc<Connection>, delivery: Delivery) {
    connection.touch();
    match delivery {
        Delivery::Method(request) => method::ask(connection, request).await,
        Delivery::Message(message) => devicebound::deliver(connection, *message).await,
        Delivery::Desired { version, patch } => twin::notify(connection, version, &patch).await,
    }
}
