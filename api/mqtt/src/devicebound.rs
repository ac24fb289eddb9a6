//! Cloud-to-device messages: a PUBLISH to the device, whose PUBACK completes the message.

mod open;
mod topic;

use std::rc::Rc;

use ntex::util::{ByteString, Bytes};
use roost_edge::ReceivedMessage;
use roost_model::{Channel, Settlement};

use crate::connection::Connection;
pub(crate) use open::OpenMessages;

/// Sends a message to the client, if it has subscribed and has not got it already. Resolves when the
/// packet is in the socket's buffer.
pub(crate) async fn deliver(connection: &Rc<Connection>, message: ReceivedMessage) {
    if connection.messages.knows(message.lock) {
        return;
    }
    let (id, lock) = (connection.identity(), message.lock);
    let Some(topic) = topic::topic(id, &message) else {
        let peer = &connection.peer;
        tracing::warn!(%peer, %id, %lock, "a message's properties do not fit into a topic");
        connection.session.settle(lock, Settlement::Reject);
        return;
    };
    let topic = ByteString::from(topic);
    let subscriptions = &connection.subscriptions;
    if subscriptions.has(Channel::DeviceBound) {
        acknowledged(connection, topic, &message).await;
    } else if subscriptions.has(Channel::DeviceBoundUnacknowledged) {
        let body = Bytes::copy_from_slice(&message.content.body);
        let packet = connection.sink.publish(topic);
        if packet.send_at_most_once(body).await.is_ok() {
            // Nobody will say more about it.
            connection.messages.note_done(lock);
            connection.session.settle(lock, Settlement::Complete);
            connection.worker.metrics.delivered(false);
        }
    }
    // Not subscribed any more: the lock lapses, and the message waits on.
}

/// With as many messages unacknowledged as may be, a message is passed over: it comes again when its
/// lock lapses.
async fn acknowledged(connection: &Rc<Connection>, topic: ByteString, message: &ReceivedMessage) {
    if connection.sink.credit() == 0 || !connection.sink.ready().await {
        return;
    }
    let packet_id = connection.messages.add(connection, message.lock);
    let packet = connection
        .sink
        .publish(topic)
        .dup(message.redelivered)
        .packet_id(packet_id.get());
    let body = Bytes::copy_from_slice(&message.content.body);
    match packet.send_at_least_once_no_block(body) {
        Ok(()) => connection.worker.metrics.delivered(true),
        Err(error) => {
            connection.messages.take(packet_id);
            let (peer, id) = (&connection.peer, connection.identity());
            tracing::debug!(%peer, %id, %error, "a message was not sent");
        }
    }
}
