//! What the hub has for a device becomes deliveries, and what the client says about them comes back.

use std::sync::Arc;

use bytes::Bytes;
use roost_edge::{Delivery, MethodRequest, ReceivedMessage, Session};
use roost_model::Identity;
use uuid::Uuid;

use super::Connection;
use crate::address::DeviceNode;
use crate::codec::delivery_state::DeliveryState;
use crate::codec::message::{Body, Message, MessageId, Properties};
use crate::codec::{Encode as _, Map};
use crate::engine::{self, LinkId, Outgoing};
use crate::link::Kind;
use crate::link::device::settlement;
use crate::message;

impl Connection {
    pub(super) fn for_device(
        &mut self,
        identity: Identity,
        session: Arc<Session>,
        delivery: Delivery,
    ) {
        self.hand_over(&identity, delivery);
        self.watch(identity, session);
    }

    /// Sends something on the link that it is for, or keeps it until that is attached.
    pub(super) fn hand_over(&mut self, identity: &Identity, delivery: Delivery) {
        if let Some(device) = self.devices.get_mut(identity)
            && device.is_early(&delivery)
        {
            device.early.push(delivery);
            return;
        }
        match delivery {
            Delivery::Message(received) => self.message(identity, &received),
            Delivery::Method(request) => self.method(identity, request),
            Delivery::Desired { version, patch } => self.desired(identity, version, patch),
        }
    }

    /// Without a link for it the message's lock lapses, and it waits on.
    fn message(&mut self, identity: &Identity, received: &ReceivedMessage) {
        let Some(device) = self.devices.get_mut(identity) else {
            return;
        };
        let Some(link) = device.receiver(DeviceNode::DeviceBound) else {
            return;
        };
        if device.messages.values().any(|lock| *lock == received.lock) {
            return;
        }
        let token = device.token();
        device.messages.insert(token, received.lock);
        let outgoing = Outgoing {
            // The C# SDK takes the tag for the lock token.
            tag: Some(*received.lock.as_bytes()),
            token,
            ..Outgoing::new(message::devicebound(identity, received))
        };
        self.send(link, outgoing);
    }

    fn method(&mut self, identity: &Identity, request: MethodRequest) {
        let Some(device) = self.devices.get_mut(identity) else {
            return;
        };
        let Some(link) = device.receiver(DeviceNode::Methods) else {
            // The reply goes, and its caller hears that the connection ended.
            return;
        };
        device.methods.retain(|_, reply| !reply.is_over());
        let id = *Uuid::new_v4().as_bytes();
        let message = Message {
            properties: Some(Properties {
                // C, C# and Java look for a uuid.
                correlation_id: Some(MessageId::Uuid(id)),
                ..Properties::default()
            }),
            application_properties: Some(Map::new().string("IoThub-methodname", request.name)),
            ..Message::data(request.payload)
        };
        device.methods.insert(id, request.reply);
        self.send(link, Outgoing::new(message.to_bytes()));
    }

    /// A device's answer to a method.
    pub(super) fn method_answer(&mut self, identity: &Identity, delivery: &engine::Delivery) {
        let answered = read_answer(&delivery.payload);
        let state = match &answered {
            Some(_) => DeliveryState::Accepted,
            None => DeliveryState::rejected(crate::codec::performative::AmqpError::new(
                crate::codec::performative::condition::INVALID_FIELD,
                "an answer has the correlation id of its request and an IoThub-status",
            )),
        };
        let _ = self.engine.settle(delivery.link, delivery.delivery, state);
        let Some((id, status, payload)) = answered else {
            return;
        };
        let device = self.devices.get_mut(identity);
        match device.and_then(|device| device.methods.remove(&id)) {
            Some(reply) => reply.send(status, payload.to_vec()),
            None => {
                let (peer, id) = (&self.peer, identity);
                tracing::debug!(%peer, %id, "an answer to a method that nobody waits for");
            }
        }
    }

    /// What became of a delivery to the client.
    pub(super) fn disposition(&mut self, link: LinkId, token: u64, state: &DeliveryState) {
        let Some(settlement) = settlement(state) else {
            return;
        };
        match self.links.get_mut(&link).map(|link| &mut link.kind) {
            Some(Kind::Device(identity, DeviceNode::DeviceBound, _)) => {
                let Some(device) = self.devices.get_mut(identity) else {
                    return;
                };
                if let (Some(lock), Some(session)) =
                    (device.messages.remove(&token), &device.session)
                {
                    session.settle(lock, settlement);
                }
            }
            Some(Kind::Feedback(_)) => self.feedback_settled(link, token, settlement),
            _ => {}
        }
    }
}

fn read_answer(payload: &Bytes) -> Option<([u8; 16], i32, Bytes)> {
    let message = Message::decode(payload).ok()?;
    let id = match message.properties?.correlation_id? {
        MessageId::Uuid(id) => id,
        // Node's SDK sends back what it got as text or bytes.
        MessageId::String(text) => *Uuid::parse_str(&text).ok()?.as_bytes(),
        MessageId::Binary(bytes) => bytes[..].try_into().ok()?,
        MessageId::Ulong(_) => return None,
    };
    let status = message.application_properties?;
    let status = status.get("IoThub-status")?.as_integer()?;
    let body = match message.body {
        Body::Data(mut sections) if sections.len() == 1 => sections.remove(0),
        _ => Bytes::new(),
    };
    Some((id, i32::try_from(status).ok()?, body))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::Value;

    fn answer(id: MessageId, status: impl Into<Value>) -> Bytes {
        let message = Message {
            properties: Some(Properties {
                correlation_id: Some(id),
                ..Properties::default()
            }),
            application_properties: Some(Map::new().string("IoThub-status", status)),
            ..Message::data(&b"{}"[..])
        };
        message.to_bytes()
    }

    #[test]
    fn an_answer_is_found_by_its_id_in_whatever_type() {
        let id = [9; 16];
        let text = Uuid::from_bytes(id).to_string();
        for given in [
            MessageId::Uuid(id),
            MessageId::Binary(Bytes::copy_from_slice(&id)),
            MessageId::String(text),
        ] {
            let read = read_answer(&answer(given, 200_i32)).unwrap();
            assert_eq!(read, (id, 200, Bytes::from_static(b"{}")));
        }
    }

    #[test]
    fn an_answer_without_status_or_id_is_none() {
        assert_eq!(read_answer(&answer(MessageId::Ulong(1), 200_i32)), None);
        let odd = answer(MessageId::Uuid([1; 16]), "ok");
        assert_eq!(read_answer(&odd), None);
        assert_eq!(read_answer(&Bytes::from_static(b"x")), None);
    }
}
