//! Messages from the client.

use futures::future::try_join_all;
use roost_edge::{Receipt, Refusal};
use roost_model::{ErrorCode, Event, Identity};

use super::attach::CREDIT;
use super::{Connection, Done};
use crate::address::DeviceNode;
use crate::codec::Role;
use crate::codec::delivery_state::DeliveryState;
use crate::engine::{Delivery, DeliveryId, LinkId};
use crate::link::{Kind, Service};
use crate::{error, message, metrics};

/// What a link's kind says about its deliveries; a copy, so that the link is not borrowed.
enum Incoming {
    Request(Service),
    Device(Identity, DeviceNode),
    Command,
    /// Such a link has no deliveries from the client.
    None,
}

impl Connection {
    pub(super) async fn delivered(&mut self, delivery: Delivery) {
        let Some(link) = self.links.get(&delivery.link) else {
            return;
        };
        metrics::received(link.kind.label(), delivery.payload.len());
        let incoming = match &link.kind {
            Kind::Requests(service) => Incoming::Request(*service),
            Kind::Device(identity, node, Role::Sender) => Incoming::Device(identity.clone(), *node),
            Kind::Commands => Incoming::Command,
            _ => Incoming::None,
        };
        match incoming {
            Incoming::Request(Service::Cbs) => self.token_put(&delivery),
            Incoming::Request(Service::Management) => self.question(&delivery),
            Incoming::Device(identity, DeviceNode::Events) => {
                self.telemetry(&identity, &delivery).await;
            }
            Incoming::Device(identity, DeviceNode::Twin) => self.twin_request(&identity, &delivery),
            Incoming::Device(identity, DeviceNode::Methods) => {
                self.method_answer(&identity, &delivery);
            }
            Incoming::Device(_, DeviceNode::DeviceBound) | Incoming::None => {}
            Incoming::Command => self.command(&delivery),
        }
        self.refill(delivery.link);
    }

    /// Lets the client go on. Credit follows what is settled, so a client is never further ahead of the
    /// hub than [`CREDIT`].
    fn refill(&mut self, link: LinkId) {
        if self.engine.credit(link) <= CREDIT / 2 {
            let _ = self.engine.grant(link, CREDIT);
        }
    }

    /// Queues events behind earlier ones, waiting for room; they are settled when they are durable.
    async fn telemetry(&mut self, identity: &Identity, delivery: &Delivery) {
        let (link, id) = (delivery.link, delivery.delivery);
        match self.queue(identity, delivery).await {
            Ok(receipts) if delivery.settled => drop(receipts),
            Ok(receipts) => self.begin(async move {
                let stored = try_join_all(receipts).await;
                Done::Outcome {
                    link,
                    delivery: id,
                    result: stored.map(drop),
                }
            }),
            Err(refusal) => self.outcome(link, id, Err(refusal)),
        }
    }

    async fn queue(
        &mut self,
        identity: &Identity,
        delivery: &Delivery,
    ) -> Result<Vec<Receipt>, Refusal> {
        let most = self.context.edge.limits().max_batch_messages;
        let unfolded = message::unfold(delivery.message_format, &delivery.payload, most);
        let events =
            unfolded.map_err(|invalid| Refusal::new(invalid.code(), invalid.to_string()))?;
        self.check(&events)?;
        let device = self.devices.get(identity);
        let session = device.and_then(|device| device.session.clone());
        let session = session.ok_or_else(|| {
            let reason = "the session is over";
            Refusal::new(ErrorCode::ConnectionForcefullyClosedOnNewConnection, reason)
        })?;
        let mut receipts = Vec::with_capacity(events.len());
        for mut event in events {
            strip(&mut event);
            receipts.push(session.send(event).await?);
        }
        Ok(receipts)
    }

    /// A batch counts as one message with regard to its size.
    fn check(&self, events: &[Event]) -> Result<(), Refusal> {
        let limits = self.context.edge.limits();
        let too_large = |reason: String| Refusal::new(ErrorCode::MessageTooLarge, reason);
        if let Some(event) = events
            .iter()
            .find(|event| event.size() > limits.max_message_bytes)
        {
            let (size, most) = (event.size(), limits.max_message_bytes);
            return Err(too_large(format!(
                "the message has {size} bytes; at most {most} are allowed"
            )));
        }
        let total: usize = events.iter().map(Event::size).sum();
        if events.len() > 1 && total > limits.max_batch_bytes {
            let most = limits.max_batch_bytes;
            return Err(too_large(format!("a batch has at most {most} bytes")));
        }
        Ok(())
    }

    /// Tells the client what became of its message.
    pub(super) fn outcome(
        &mut self,
        link: LinkId,
        delivery: DeliveryId,
        result: Result<(), Refusal>,
    ) {
        let state = match result {
            Ok(()) => DeliveryState::Accepted,
            Err(refusal) => {
                let peer = &self.peer;
                tracing::debug!(%peer, code = %refusal.code(), "message refused: {refusal}");
                DeliveryState::rejected(error::error(&refusal))
            }
        };
        // Fails only with the link.
        let _ = self.engine.settle(link, delivery, state);
        self.refill(link);
    }
}

/// What only the hub may say of an event.
fn strip(event: &mut Event) {
    event.system.retain(|(name, _)| name.is_device_settable());
}
