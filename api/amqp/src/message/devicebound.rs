//! A cloud-to-device message for a device.

use bytes::Bytes;
use roost_edge::ReceivedMessage;
use roost_model::{Acknowledge, Identity};

use super::sections::{application, moment, properties};
use crate::codec::message::{Body, Message};
use crate::codec::{Encode as _, Map, Value};

/// The sections of a message to `identity`.
pub(crate) fn devicebound(identity: &Identity, message: &ReceivedMessage) -> Bytes {
    let mut standard = properties(&message.content).unwrap_or_default();
    standard.to = Some(match &identity.module {
        None => format!("/devices/{}/messages/deviceBound", identity.device),
        Some(module) => format!(
            "/devices/{}/modules/{module}/messages/deviceBound",
            identity.device
        ),
    });
    let annotations = Map::new()
        .symbol("iothub-enqueuedtime", moment(message.enqueued_at))
        .symbol("iothub-deliverycount", message.delivery_count)
        .symbol("x-opt-sequence-number", message.sequence)
        .symbol("x-opt-lock-token", Value::Uuid(*message.lock.as_bytes()));
    let mut own = application(&message.content);
    if message.acknowledge != Acknowledge::None {
        let map = own.take().unwrap_or_default();
        own = Some(map.string("iothub-ack", message.acknowledge.name()));
    }
    let sections = Message {
        message_annotations: Some(annotations),
        properties: Some(standard),
        application_properties: own,
        // An empty message is one empty section: some clients fail without any.
        body: Body::Data(vec![message.content.body.clone()]),
        ..Message::default()
    };
    sections.to_bytes()
}

#[cfg(test)]
mod tests {
    use roost_model::{Event, LockToken, SystemProperty, Timestamp};

    use super::*;
    use crate::codec::message::MessageId;

    #[test]
    fn an_sdk_finds_everything_where_it_looks() {
        let received = ReceivedMessage {
            lock: LockToken::new(5, 2, 9),
            sequence: 5,
            enqueued_at: Timestamp(1000),
            expires_at: Timestamp(9000),
            delivery_count: 3,
            redelivered: true,
            acknowledge: Acknowledge::Full,
            content: Event {
                system: vec![(SystemProperty::MessageId, "m".into())],
                properties: vec![("k".into(), Some("v".into()))],
                body: Bytes::new(),
            },
        };
        let bytes = devicebound(&"d/x".parse().unwrap(), &received);
        let message = Message::decode(&bytes).unwrap();
        let properties = message.properties.unwrap();
        assert_eq!(properties.message_id, Some(MessageId::String("m".into())));
        let to = "/devices/d/modules/x/messages/deviceBound";
        assert_eq!(properties.to.as_deref(), Some(to));
        let annotations = message.message_annotations.unwrap();
        let found = |name| annotations.get(name).unwrap().clone();
        assert_eq!(found("iothub-enqueuedtime"), Value::Timestamp(1000));
        assert_eq!(found("iothub-deliverycount"), Value::Ubyte(3));
        assert_eq!(found("x-opt-sequence-number"), Value::Ulong(5));
        let lock = Value::Uuid(*received.lock.as_bytes());
        assert_eq!(found("x-opt-lock-token"), lock);
        let own = message.application_properties.unwrap();
        assert_eq!(own.get("k").unwrap().as_text(), Some("v"));
        assert_eq!(own.get("iothub-ack").unwrap().as_text(), Some("full"));
        assert_eq!(message.body, Body::Data(vec![Bytes::new()]));
    }
}
