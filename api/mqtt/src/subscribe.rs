//! SUBSCRIBE, UNSUBSCRIBE, PINGREQ and DISCONNECT of a session.

use std::rc::Rc;

use ntex_mqtt::QoS;
use ntex_mqtt::v3::control::{Subscribe, Unsubscribe};
use ntex_mqtt::v3::{self, ProtocolMessage, ProtocolMessageAck};

use crate::connection::Connection;
use crate::error::{Ending, PacketError};
use crate::filter::Channel;

pub(crate) async fn protocol(
    session: &v3::Session<Rc<Connection>>,
    message: ProtocolMessage,
) -> Result<ProtocolMessageAck, PacketError> {
    session.touch();
    Ok(match message {
        ProtocolMessage::Subscribe(packet) => subscribe(session, packet),
        ProtocolMessage::Unsubscribe(packet) => unsubscribe(session, packet),
        ProtocolMessage::Disconnect(packet) => {
            session.set_ending(Ending::Disconnected);
            // closing the socket would cancel the handlers of messages that are not queued yet
            session.hand_over().await;
            packet.ack()
        }
        ProtocolMessage::Ping(packet) => packet.ack(),
        ProtocolMessage::PublishRelease(packet) => packet.ack(),
    })
}

/// Grants QoS 1 at most, and 0x80 for filters that the identity may not have.
fn subscribe(connection: &Connection, mut packet: Subscribe) -> ProtocolMessageAck {
    for mut subscription in &mut packet {
        let filter = subscription.topic();
        let Some(channel) = Channel::of_filter(filter, connection.identity()) else {
            connection.worker.metrics.filter_refused();
            let (peer, id) = (&connection.peer, connection.identity());
            let filter = filter.chars().take(200).collect::<String>();
            tracing::warn!(%peer, %id, ?filter, "subscription refused: no filter of this identity");
            subscription.fail();
            continue;
        };
        connection
            .channels
            .set(connection.channels.get().with(channel));
        let qos = match subscription.qos() {
            QoS::AtMostOnce => QoS::AtMostOnce,
            QoS::AtLeastOnce | QoS::ExactlyOnce => QoS::AtLeastOnce,
        };
        subscription.confirm(qos);
    }
    packet.ack()
}

fn unsubscribe(connection: &Connection, packet: Unsubscribe) -> ProtocolMessageAck {
    for filter in packet.iter() {
        if let Some(channel) = Channel::of_filter(filter, connection.identity()) {
            connection
                .channels
                .set(connection.channels.get().without(channel));
        }
    }
    packet.ack()
}
