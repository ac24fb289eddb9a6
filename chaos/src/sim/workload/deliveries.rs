//! Devices that are given what the hub has for them, as over MQTT: messages, changes, methods.

use std::time::Duration;

use roost_edge::{Delivery, Departure, Session};
use roost_model::{Channel, Settlement};

use super::messages::number;
use super::telemetry::attach;
use super::{Client, Device};
use crate::sim::history::{Call, Outcome, Value};

/// How long a session is given things at most, in milliseconds.
const LONGEST_SESSION: u64 = 4_000;

/// Connects any device and has it take what it is given.
pub(super) async fn take(mut client: Client) {
    while !client.is_stopping() {
        let device = client.pick_device();
        if let Some(session) = attach(&client, &device).await {
            let subscribed = session.subscribe(|channels| {
                let wanted = [
                    Channel::DeviceBound,
                    Channel::DesiredProperties,
                    Channel::Methods,
                ];
                wanted.into_iter().fold(channels, |all, one| all.with(one))
            });
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
    let name = || device.name.clone();
    let epoch = session.epoch();
    loop {
        let delivery = tokio::select! {
            biased;
            _ = session.closed() => return,
            delivery = session.next_delivery() => delivery,
        };
        match delivery {
            Delivery::Desired { version, .. } => {
                let device = name();
                let notice = Call::Notice {
                    device,
                    epoch,
                    version,
                };
                client.begin(notice).end(Outcome::Done(Value::Nothing));
            }
            Delivery::Method(request) => {
                let number = request.name.parse().unwrap_or(0);
                let perform = Call::Perform {
                    device: name(),
                    number,
                };
                client.begin(perform).end(Outcome::Done(Value::Nothing));
                client.idle(100).await;
                request.reply.send(number as i32, Vec::new());
            }
            Delivery::Message(message) => {
                let deliver = Call::Deliver {
                    device: name(),
                    epoch,
                    message: number(&message),
                };
                client.begin(deliver).end(Outcome::Done(Value::Nothing));
                client.idle(50).await;
                // Nobody hears what becomes of this, so the operation stays open.
                drop(client.begin(Call::Complete {
                    device: name(),
                    message: number(&message),
                }));
                session.settle(message.lock, Settlement::Complete);
            }
        }
    }
}
