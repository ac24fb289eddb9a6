//! Cloud-to-device messages: a back end that sends, and devices that ask.

use bytes::Bytes;
use roost_actors::{MessageDraft, ReceivedMessage};
use roost_edge::{Credential, QueueRequest, Receive, Settle};
use roost_model::{Acknowledge, Event, Settlement};

use super::{Client, Device};
use crate::sim::history::{Call, Outcome, Value};
use crate::sim::world::HUB;

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

fn request<W>(device: &Device, what: W) -> QueueRequest<W> {
    QueueRequest {
        identity: device.identity.clone(),
        host: HUB.to_owned(),
        credential: Credential::Sas(device.token()),
        what,
    }
}

/// What a message says. Only this workload sends any, and it sends numbers.
pub(super) fn number(message: &ReceivedMessage) -> u64 {
    std::str::from_utf8(&message.content.body)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(0)
}
