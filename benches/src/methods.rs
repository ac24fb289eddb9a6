use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, ensure};
use roost_chaos::harness::{DevFile, ServiceClient};
use roost_mqtt::client::{Client, QoS};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::connect::{Connection, connect_all};
use crate::measurement::{Measurement, Phases, Recorder};
use crate::options::Methods;
use crate::report::Report;
use crate::seat::Seat;

const CALLS: &str = "$iothub/methods/POST/#";

/// Back ends call methods of devices, which answer at once: `window` callers per device, through the
/// nodes in turn. A round trip is one HTTPS request that stays until the device has answered.
///
/// # Errors
/// A connection cannot be made, or a device does not get its calls.
pub(crate) async fn run(options: &Methods) -> anyhow::Result<()> {
    let run = &options.run;
    let folder = options.broker.hub.as_ref().and_then(|file| file.parent());
    let hub = DevFile::read(folder.context("method calls need --hub")?)?;
    let services: Result<Vec<_>, _> = hub
        .nodes
        .iter()
        .map(|node| ServiceClient::owner(&hub, node).map(Arc::new))
        .collect();
    let services = services?;
    let seats = Seat::all(&options.broker).await?;
    let ids: Vec<_> = seats
        .iter()
        .map(|seat| seat.options.client_id.clone())
        .collect();
    let began = Instant::now();
    let connections = connect_all(seats, options.broker.connect_rate, run.window).await?;
    let connecting = began.elapsed();
    for Connection { client, .. } in connections {
        let granted = client.subscribe(&[(CALLS, QoS::AtMostOnce)]).await?;
        ensure!(
            granted.iter().all(Option::is_some),
            "no method calls are granted"
        );
        tokio::spawn(answer(client));
    }
    let phases = Phases::begin_now(run.warm_up, run.seconds);
    let mut running = JoinSet::new();
    let callers = ids
        .iter()
        .flat_map(|id| std::iter::repeat_n(id, run.window));
    for (id, service) in callers.zip(services.iter().cycle()) {
        let path = format!("/twins/{id}/methods");
        running.spawn(call(Arc::clone(service), path, run.size, phases));
    }
    let mut sum = Measurement::new()?;
    while let Some(measured) = running.join_next().await {
        sum.add(measured??)?;
    }
    Report::new(
        run,
        options.broker.connections,
        None,
        &sum,
        connecting,
        None,
    )
    .print(run.json)
}

/// A device that says yes, with what it was given.
async fn answer(client: Client) {
    while let Some(message) = client.next_message().await {
        let Some((_, query)) = message.topic.split_once("/?") else {
            continue;
        };
        let topic = format!("$iothub/methods/res/200/?{query}");
        let answered = client.publish(&topic, &message.payload, QoS::AtMostOnce);
        if answered.await.is_err() {
            return;
        }
    }
}

async fn call(
    service: Arc<ServiceClient>,
    path: String,
    size: usize,
    phases: Phases,
) -> anyhow::Result<Measurement> {
    let mut recorder = Recorder::new(phases)?;
    let body = json!({ "methodName": "echo", "payload": "x".repeat(size),
        "responseTimeoutInSeconds": 30 });
    while Instant::now() < phases.until {
        let begin = Instant::now();
        let answer = service.call::<Value>(reqwest::Method::POST, &path, Some(&body));
        match answer.await {
            Ok(_) => recorder.acknowledged(begin),
            Err(error) => recorder.failed(error.to_string()),
        }
    }
    Ok(recorder.finish())
}
