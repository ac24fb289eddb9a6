//! Cloud-to-device messages: a back end that sends, devices that ask, and devices that are given.

use std::time::Duration;

use bytes::Bytes;
use roost_actors::{MessageDraft, ReceivedMessage};
use roost_edge::{Credential, Delivery, Departure, QueueRequest, Receive, Session, Settle};
use roost_model::{Acknowledge, Channel, Event, Settlement};

use super::telemetry::attach;
use super::{Client, Device};
use crate::sim::history::{Call, Outcome, Value};
use crate::sim::world::HUB;

/// How long a session is given messages at most.
const LONGEST_SESSION: u64 = 4_000;

/// Sends messages to any device.
pub(super) async fn send(mut client: Client) {
    while !client.is_stopping() {
        let device = client.pick_device();
        let message = client.next_value();
        let open = client.begin(Call::Enqueue {
            device: device.name.clone(),
            message,
        });
        let draft = MessageDraft {
            content: Event {
                body: Bytes::from(message.to_string()),
                ..Event::default()
            },
            acknowledge: Acknowledge::None,
            expires_at: None,
        };
        let hub = client.services.system.hub();
        let sent = hub.enqueue(&device.identity, draft).await;
        open.end(Outcome::of(sent.map(|_| Value::Nothing)));
        client.idle(400).await;
    }
}

/// Asks for a message of any device, as over HTTPS, and completes or abandons it.
pub(super) async fn fetch(mut client: Client) {
    while !client.is_stopping() {
        let device = client.pick_device();
        let open = client.begin(Call::Receive {
            device: device.name.clone(),
        });
        let edge = client.services.edge.clone();
        let received = edge.receive(request(&device, Receive(None))).await;
        let message = received.as_ref().ok().cloned().flatten();
        open.end(Outcome::of(
            received.map(|message| Value::Message(message.as_ref().map(number))),
        ));
        client.idle(300).await;
        let Some(message) = message else { continue };
        let settle = |how| {
            let lock = message.lock;
            request(&device, Settle { lock, how })
        };
        if client.random.chance(30) {
            // Whether it is heard does not matter: the lock lapses by itself.
            let _ = edge.settle(settle(Settlement::Abandon)).await;
            continue;
        }
        let open = client.begin(Call::Complete {
            device: device.name.clone(),
            message: number(&message),
        });
        let settled = edge.settle(settle(Settlement::Complete)).await;
        open.end(Outcome::of(settled.map(|()| Value::Nothing)));
    }
}

/// Connects any device and has it take what it is given, as over MQTT.
pub(super) async fn take(mut client: Client) {
    while !client.is_stopping() {
        let device = client.pick_device();
        if let Some(session) = attach(&client, &device).await {
            let subscribed = session.subscribe(|channels| channels.with(Channel::DeviceBound));
            if subscribed.await.is_ok() {
                let length = Duration::from_millis(client.random.between(100, LONGEST_SESSION));
                let taking = take_in(&mut client, &device, &session);
                // A device that is cut off in the middle of it leaves what it holds to the next.
                let _ = tokio::time::timeout(length, taking).await;
            }
            session.detach(Departure::Lost).await;
        }
        client.idle(500).await;
    }
}

async fn take_in(client: &mut Client, device: &Device, session: &Session) {
    loop {
        let delivery = tokio::select! {
            biased;
            _ = session.closed() => return,
            delivery = session.next_delivery() => delivery,
        };
        let Delivery::Message(message) = delivery else {
            continue;
        };
        let open = client.begin(Call::Deliver {
            device: device.name.clone(),
            epoch: session.epoch(),
            message: number(&message),
        });
        open.end(Outcome::Done(Value::Nothing));
        client.idle(50).await;
        // Nobody hears what becomes of this, so the operation stays open.
        let completing = client.begin(Call::Complete {
            device: device.name.clone(),
            message: number(&message),
        });
        session.settle(message.lock, Settlement::Complete);
        drop(completing);
    }
}

fn request<W>(device: &Device, what: W) -> QueueRequest<W> {
    QueueRequest {
        identity: device.identity.clone(),
        host: HUB.to_owned(),
        credential: Credential::Sas(device.token()),
        what,
    }
}

/// What a message says. Only this workload sends any, and it sends numbers.
pub(in crate::sim) fn number(message: &ReceivedMessage) -> u64 {
    std::str::from_utf8(&message.content.body)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(0)
}
