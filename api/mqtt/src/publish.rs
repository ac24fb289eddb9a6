//! PUBLISH packets of a session.

use std::rc::Rc;

use bytes::Bytes;
use ntex_mqtt::{QoS, v3};
use roost_edge::Receipt;
use tokio::task::{unconstrained, yield_now};

use crate::connection::Connection;
use crate::error::PacketError;
use crate::method;
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
        Some(Topic::TwinGet { rid }) => {
            let rid = rid.to_owned();
            packet.read_all().await?;
            twin::get(session, &rid).await;
            Ok(())
        }
        Some(Topic::TwinPatch { rid, version }) => {
            let (rid, version) = (rid.to_owned(), version.map(str::to_owned));
            let payload = packet.read_all().await?;
            twin::report(session, &rid, version.as_deref(), &payload).await;
            Ok(())
        }
        Some(Topic::MethodAnswer { status, rid }) => {
            let reply = session.methods.take(rid);
            let payload = packet.read_all().await?;
            method::answer(session, reply, status, &payload);
            Ok(())
        }
        // no stream is ever asked for, so nobody waits for this answer
        Some(Topic::StreamAnswer) => {
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
    mut bag: Bag,
) -> Result<(), PacketError> {
    if packet.retain() {
        bag.add(RETAINED);
    }
    let acknowledged = packet.qos() != QoS::AtMostOnce;
    let size = packet.payload_size();

    // unconstrained: the framework handles everything in its read buffer at once, and tokio's budget of
    // 128 operations would make messages wait that the hub has room for
    let receipt = unconstrained(enqueue(connection, packet, bag)).await?;
    if acknowledged {
        receipt.await?;
        // the hub completes messages in batches; letting the rest of the batch run first puts their
        // acknowledgements into one write
        yield_now().await;
    }
    connection.worker.metrics.accepted(acknowledged, size);
    Ok(())
}

/// Puts a message into the hub's queue, behind those that came before it.
async fn enqueue(
    connection: &Connection,
    packet: v3::Publish,
    bag: Bag,
) -> Result<Receipt, PacketError> {
    let _turn = connection.order.lock().await;
    let body = read(connection, packet).await?;
    Ok(connection.session.send(bag.into_event(body)).await?)
}

/// Shares the framework's bytes, which hold a page of its read buffer: the hub copies them into its
/// record as soon as it takes the message.
async fn read(connection: &Connection, packet: v3::Publish) -> Result<Bytes, PacketError> {
    connection.reading.set(true);
    let payload = packet.read_all().await;
    connection.reading.set(false);
    Ok(Bytes::from_owner(payload?))
}
