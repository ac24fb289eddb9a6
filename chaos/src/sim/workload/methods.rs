//! A back end that has devices do things.

use std::time::Duration;

use roost_actors::MethodCall;

use super::Client;
use crate::sim::history::{Call, Outcome, Value};

/// Calls any device; those that take deliveries do what they are asked.
pub(super) async fn run(mut client: Client) {
    while !client.is_stopping() {
        let device = client.pick_device();
        let number = client.next_value();
        let open = client.begin(Call::Invoke {
            device: device.name.clone(),
            number,
        });
        let call = MethodCall {
            name: number.to_string(),
            payload: Vec::new(),
            connect_timeout: Duration::from_millis(client.random.between(0, 500)),
            response_timeout: Duration::from_millis(client.random.between(100, 2_000)),
        };
        let hub = client.services.system.hub();
        let answer = hub.invoke_method(&device.identity, call).await;
        open.end(match answer {
            Ok(answer) => Outcome::Done(Value::Answer(answer.status as u64)),
            // Whatever the error: the device may have done it.
            Err(_) => Outcome::Unknown,
        });
        client.idle(400).await;
    }
}
