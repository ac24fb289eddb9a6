//! SUBSCRIBE, UNSUBSCRIBE, PINGREQ and DISCONNECT of a session.

use std::rc::Rc;

use ntex_mqtt::QoS;
use ntex_mqtt::v3::control::{Subscribe, Unsubscribe};
use ntex_mqtt::v3::{self, ProtocolMessage, ProtocolMessageAck};
use roost_model::{Channel, Channels};

use crate::connection::Connection;
use crate::error::{Ending, PacketError};
use crate::filter;

pub(crate) async fn protocol(
    session: &v3::Session<Rc<Connection>>,
    message: ProtocolMessage,
) -> Result<ProtocolMessageAck, PacketError> {
    session.touch();
    match message {
        ProtocolMessage::Subscribe(packet) => subscribe(session, packet).await,
        ProtocolMessage::Unsubscribe(packet) => unsubscribe(session, packet).await,
        ProtocolMessage::Disconnect(packet) => {
            session.set_ending(Ending::Disconnected);
            // closing the socket would cancel the handlers of messages that are not queued yet
            session.hand_over().await;
            Ok(packet.ack())
        }
        ProtocolMessage::Ping(packet) => Ok(packet.ack()),
        ProtocolMessage::PublishRelease(packet) => Ok(packet.ack()),
    }
}

/// Grants QoS 1 at most, and 0x80 for filters that the identity may not have. The leader knows of the
/// subscription when SUBACK goes out, so whoever asks for the device from then on finds it.
async fn subscribe(
    connection: &Connection,
    mut packet: Subscribe,
) -> Result<ProtocolMessageAck, PacketError> {
    let mut wanted = Vec::new();
    for mut subscription in &mut packet {
        let filter = subscription.topic();
        let Some(channel) = filter::channel(filter, connection.identity()) else {
            connection.worker.metrics.filter_refused();
            let (peer, id) = (&connection.peer, connection.identity());
            let filter = filter.chars().take(200).collect::<String>();
            tracing::warn!(%peer, %id, ?filter, "subscription refused: no filter of this identity");
            subscription.fail();
            continue;
        };
        let qos = match subscription.qos() {
            QoS::AtMostOnce => QoS::AtMostOnce,
            QoS::AtLeastOnce | QoS::ExactlyOnce => QoS::AtLeastOnce,
        };
        wanted.push((channel, qos));
        subscription.confirm(qos);
    }
    change(connection, move |channels| {
        wanted.iter().fold(channels, |channels, (channel, qos)| {
            with(channels, *channel, *qos)
        })
    })
    .await?;
    Ok(packet.ack())
}

/// A later subscription to the same filter replaces the earlier one (MQTT 3.1.1, 3.8.4).
fn with(channels: Channels, channel: Channel, qos: QoS) -> Channels {
    match (channel, qos) {
        (Channel::DeviceBound, QoS::AtMostOnce) => channels
            .without(Channel::DeviceBound)
            .with(Channel::DeviceBoundUnacknowledged),
        (Channel::DeviceBound, _) => channels
            .without(Channel::DeviceBoundUnacknowledged)
            .with(Channel::DeviceBound),
        _ => channels.with(channel),
    }
}

async fn unsubscribe(
    connection: &Connection,
    packet: Unsubscribe,
) -> Result<ProtocolMessageAck, PacketError> {
    let unwanted: Vec<_> = packet
        .iter()
        .filter_map(|filter| filter::channel(filter, connection.identity()))
        .collect();
    change(connection, move |channels| {
        unwanted.iter().fold(channels, |channels, channel| {
            let left = channels.without(*channel);
            match channel {
                Channel::DeviceBound => left.without(Channel::DeviceBoundUnacknowledged),
                _ => left,
            }
        })
    })
    .await?;
    Ok(packet.ack())
}

async fn change(
    connection: &Connection,
    change: impl Fn(Channels) -> Channels + Send + 'static,
) -> Result<(), PacketError> {
    connection.subscriptions.ask(&change);
    let channels = connection.session.subscribe(change).await?;
    connection.subscriptions.note(channels);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quality_of_the_last_subscription_to_messages_counts() {
        let first = with(Channels::NONE, Channel::DeviceBound, QoS::AtLeastOnce);
        assert_eq!(first, Channels::NONE.with(Channel::DeviceBound));
        let second = with(first, Channel::DeviceBound, QoS::AtMostOnce);
        let unacknowledged = Channels::NONE.with(Channel::DeviceBoundUnacknowledged);
        assert_eq!(second, unacknowledged);
        assert_eq!(with(second, Channel::DeviceBound, QoS::AtLeastOnce), first);
    }
}
