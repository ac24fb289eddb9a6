//! A device that connects, sends, and is connected somewhere else meanwhile.

use std::time::Duration;

use bytes::Bytes;
use roost_edge::{ConnectRequest, Credential, Departure, Protocol, Session};
use roost_model::Event;
use tokio::task::JoinSet;

use super::{Client, Device};
use crate::sim::history::{Call, Outcome, Value};
use crate::sim::world::HUB;

/// Events that a session may send at most.
const LONGEST_SESSION: u64 = 60;
/// Unacknowledged events of a session.
const WINDOW: usize = 8;
/// How long a session waits for the acknowledgements of its last events.
const PATIENCE: Duration = Duration::from_secs(5);

/// Connects devices, any of them, and has each send for a while.
pub(super) async fn run(mut client: Client) {
    while !client.is_stopping() {
        let device = client.pick_any();
        match attach(&client, &device).await {
            Some(session) => send(&mut client, &device, session).await,
            None => client.idle(200).await,
        }
        client.idle(300).await;
    }
}

pub(super) async fn attach(client: &Client, device: &Device) -> Option<Session> {
    let request = ConnectRequest {
        identity: device.identity.clone(),
        host: HUB.to_owned(),
        credential: Credential::Sas(device.token()),
        protocol: Protocol::Mqtt,
        peer: "sim".to_owned(),
        model_id: None,
        clean_session: client.services.node.get().is_multiple_of(2),
        will: None,
    };
    let call = Call::Attach {
        device: device.name.clone(),
    };
    let open = client.begin(call);
    match client.services.edge.connect(request).await {
        Ok(session) => {
            open.end(Outcome::Done(Value::Session(session.epoch())));
            Some(session)
        }
        Err(refusal) => {
            open.end(refusal.into());
            None
        }
    }
}

async fn send(client: &mut Client, device: &Device, session: Session) {
    let mut under_way = JoinSet::new();
    for _ in 0..client.random.between(1, LONGEST_SESSION) {
        if client.is_stopping() {
            break;
        }
        let number = client.next_value();
        let event = Event {
            body: Bytes::from(number.to_string()),
            ..Event::default()
        };
        let call = Call::Send {
            device: device.name.clone(),
            epoch: session.epoch(),
            number,
        };
        let open = client.begin(call);
        match session.send(event).await {
            Ok(receipt) => {
                under_way.spawn(async move {
                    let stored = receipt.await.map(|()| Value::Nothing);
                    // A session that is over says nothing about what was under way.
                    open.end(stored.map_or(Outcome::Unknown, Outcome::Done));
                });
            }
            Err(refusal) => {
                open.end(refusal.into());
                break;
            }
        }
        while under_way.len() >= WINDOW {
            under_way.join_next().await;
        }
        client.idle(60).await;
    }
    let all = async { while under_way.join_next().await.is_some() {} };
    // What is not acknowledged by then stays unknown.
    let _ = tokio::time::timeout(PATIENCE, all).await;
    let how = *client.random.pick(&[Departure::Clean, Departure::Lost]);
    session.detach(how).await;
}
