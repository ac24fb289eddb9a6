use std::collections::HashMap;
use std::time::Instant;

use anyhow::{bail, ensure};
use roost_mqtt::client::QoS;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::closed_loop::FAREWELL;
use crate::connect::{Connection, connect_all};
use crate::measurement::{Measurement, Phases, Recorder};
use crate::options::Twins;
use crate::report::Report;
use crate::seat::Seat;

const ANSWERS: &str = "$iothub/twin/res/";

/// Every connection, a device of its own, patches its reported properties: always the same one, with
/// a value of the given size. The answer to a patch means that it is durable on a majority.
///
/// # Errors
/// A connection cannot be made. Connections that break later stand in the report.
pub(crate) async fn run(options: &Twins) -> anyhow::Result<()> {
    let run = &options.run;
    let seats = Seat::all(&options.broker).await?;
    let began = Instant::now();
    let connections = connect_all(seats, options.broker.connect_rate, run.window).await?;
    let connecting = began.elapsed();
    for connection in &connections {
        let filter = format!("{ANSWERS}#");
        let granted = connection
            .client
            .subscribe(&[(&filter, QoS::AtMostOnce)])
            .await?;
        ensure!(
            granted.iter().all(Option::is_some),
            "no answers to twin requests are granted"
        );
    }
    let phases = Phases::begin_now(run.warm_up, run.seconds);
    let mut running = JoinSet::new();
    for connection in connections {
        running.spawn(patch(connection, run.size, run.window, phases));
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

async fn patch(
    connection: Connection,
    size: usize,
    window: usize,
    phases: Phases,
) -> anyhow::Result<Measurement> {
    let mut recorder = Recorder::new(phases)?;
    let until_end = (phases.until + FAREWELL).saturating_duration_since(Instant::now());
    let patched = exchange(&connection, size, window, phases, &mut recorder);
    match timeout(until_end, patched).await {
        Ok(Ok(())) => connection.client.disconnect().await,
        Ok(Err(error)) => recorder.failed(error.to_string()),
        Err(_) => recorder.failed("answers are missing at the end".to_owned()),
    }
    Ok(recorder.finish())
}

/// Patches whenever there is room in the window; an answer names its request.
async fn exchange(
    connection: &Connection,
    size: usize,
    window: usize,
    phases: Phases,
    recorder: &mut Recorder,
) -> anyhow::Result<()> {
    let client = &connection.client;
    let mut waiting: HashMap<u64, Instant> = HashMap::new();
    let mut next = 0;
    loop {
        let now = Instant::now();
        while waiting.len() < window && now < phases.until {
            let topic = format!("$iothub/twin/PATCH/properties/reported/?$rid={next}");
            let patch = value(next, size);
            // As the C SDK does: the answer says more than a PUBACK.
            drop(
                client
                    .publish(&topic, patch.as_bytes(), QoS::AtMostOnce)
                    .await?,
            );
            waiting.insert(next, now);
            next += 1;
        }
        if waiting.is_empty() {
            return Ok(());
        }
        let Some(message) = client.next_message().await else {
            bail!("the connection has ended: {:?}", client.closed().await);
        };
        let Some((status, rid)) = answer(&message.topic) else {
            continue;
        };
        if let Some(begin) = waiting.remove(&rid) {
            match status {
                "204" => recorder.acknowledged(begin),
                status => recorder.failed(format!("a patch was answered with {status}")),
            }
        }
    }
}

/// Status and request of `$iothub/twin/res/{status}/?$rid={rid}…`.
fn answer(topic: &str) -> Option<(&str, u64)> {
    let (status, query) = topic.strip_prefix(ANSWERS)?.split_once("/?")?;
    let rid = query
        .split('&')
        .find_map(|pair| pair.strip_prefix("$rid="))?;
    Some((status, rid.parse().ok()?))
}

/// A patch with one property, whose value has `size` characters and differs from the one before.
fn value(number: u64, size: usize) -> String {
    format!("{{\"state\":\"{number:0>size$}\"}}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_names_its_request() {
        let topic = "$iothub/twin/res/204/?$rid=17&$version=3";
        assert_eq!(answer(topic), Some(("204", 17)));
        assert_eq!(answer("devices/d/messages/devicebound/"), None);
    }

    #[test]
    fn a_patch_has_the_size_that_was_asked_for() {
        assert_eq!(value(7, 4), "{\"state\":\"0007\"}");
    }
}
