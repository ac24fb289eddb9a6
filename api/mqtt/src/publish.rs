//! PUBLISH packets of a session.

use std::rc::Rc;

use bytes::Bytes;
use ntex_mqtt::{QoS, v3};
use roost_model::Event;

use crate::connection::Connection;
use crate::error::PacketError;
use crate::handshake::pair;
use crate::topic::Topic;
use crate::topic::bag::Bag;
use crate::twin;

/// Application property of a message with the RETAIN flag: the hub retains nothing.
pub(crate) const RETAINED: (&str, &str) = ("mqtt-retain", "true");

/// Handles one packet. The framework acknowledges it when this resolves, in the order of arrival.
pub(crate) async fn publish(
    session: &v3::Session<Rc<Connection>>,
    packet: v3::Publish,
) -> Result<(), PacketError> {
    session.touch();
    match Topic::parse(packet.publish_topic(), session.identity()) {
        Some(Topic::Telemetry { bag }) => {
            let bag = Bag::parse(bag);
            telemetry(session, packet, bag).await
        }
        Some(Topic::TwinGet { rid } | Topic::TwinPatch { rid }) => {
            let answer = twin::Answer::not_offered(rid);
            packet.read_all().await?;
            answer.send(session).await;
            Ok(())
        }
        // no method or stream is ever asked for, so nobody waits for this answer
        Some(Topic::Response) => {
            packet.read_all().await?;
            Ok(())
        }
        None => Err(PacketError::foreign_topic(packet.publish_topic())),
    }
}

/// Resolves when a QoS 1 message is durable, and a QoS 0 message is in the hub's queue: nobody waits for
/// more, and a burst of them does not fill the window.
async fn telemetry(
    connection: &Connection,
    packet: v3::Publish,
    bag: Bag,
) -> Result<(), PacketError> {
    let Bag {
        system,
        mut properties,
    } = bag;
    if packet.retain() {
        properties.push(pair(RETAINED));
    }
    let acknowledged = packet.qos() != QoS::AtMostOnce;
    let size = packet.payload_size();

    let turn = connection.order.lock().await;
    let body = read(connection, packet).await?;
    let receipt = connection
        .session
        .send(Event {
            system,
            properties,
            body,
        })
        .await?;
    drop(turn);

    if acknowledged {
        receipt.await?;
        // the hub completes messages in batches; letting the rest of the batch run first puts their
        // acknowledgements into one write
        tokio::task::yield_now().await;
    }
    connection.worker.metrics.accepted(acknowledged, size);
    Ok(())
}

/// A copy: the framework's bytes would keep a whole page of the read buffer alive.
async fn read(connection: &Connection, packet: v3::Publish) -> Result<Bytes, PacketError> {
    connection.reading.set(true);
    let payload = packet.read_all().await;
    connection.reading.set(false);
    Ok(Bytes::copy_from_slice(&payload?))
}
