use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, bail};
use roost_amqp::codec::delivery_state::DeliveryState;
use roost_amqp::codec::message::Message;
use roost_amqp::codec::performative::Performative;
use roost_amqp::codec::{Encode as _, Role};
use roost_chaos::harness::DeviceCredential;
use roost_chaos::harness::amqp::{Peer, frames};

use super::Hub;
use crate::measurement::{Measurement, Phases, Recorder};
use crate::options::{AmqpPublish, Run};
use crate::provision;
use crate::report::Report;

/// The link of a device's telemetry.
const LINK: u32 = 7;

/// Every connection, a thread and a device of its own, sends telemetry; the outcome of a message means
/// that it is durable on a majority, as PUBACK does.
///
/// # Errors
/// A connection cannot be made. Connections that break later stand in the report.
pub(crate) async fn run(options: &AmqpPublish) -> anyhow::Result<()> {
    let hub = Arc::new(Hub::read(&options.hub)?);
    let names = (0..options.connections).map(|number| format!("amqp-{number}"));
    let devices = provision::devices(&hub.file, names).await?;
    let began = Instant::now();
    let mut connecting = Vec::new();
    for (number, device) in devices.into_iter().enumerate() {
        let hub = Arc::clone(&hub);
        connecting.push(tokio::task::spawn_blocking(move || {
            connect(&hub, number, &device)
        }));
    }
    let mut peers = Vec::new();
    for peer in connecting {
        peers.push(peer.await??);
    }
    let connected = began.elapsed();
    let run = &options.run;
    let phases = Phases::begin_now(run.warm_up, run.seconds);
    let (window, message) = (run.window, message(run));
    let threads = peers.into_iter().map(|mut peer| {
        let message = message.clone();
        std::thread::spawn(move || {
            let mut recorder = Recorder::new(phases)?;
            if let Err(error) = send(&mut peer, &message, window, phases, &mut recorder) {
                recorder.failed(format!("{error:#}"));
            }
            Ok::<_, anyhow::Error>(recorder.finish())
        })
    });
    // All of them are started before the first is waited for.
    let threads: Vec<_> = threads.collect();
    let joined = tokio::task::spawn_blocking(move || {
        let mut sum = Measurement::new()?;
        for thread in threads {
            sum.add(thread.join().ok().context("a connection panicked")??)?;
        }
        Ok::<_, anyhow::Error>(sum)
    });
    let sum = joined.await??;
    Report::new(run, options.connections, None, &sum, connected, None).print(run.json)
}

fn connect(hub: &Hub, number: usize, device: &DeviceCredential) -> anyhow::Result<Peer> {
    let mut peer = hub.connect(number, &device.token())?;
    let address = format!("/devices/{}/messages/events", device.identity);
    peer.attached(&frames::attach(LINK, Role::Sender, &address))?;
    Ok(peer)
}

fn message(run: &Run) -> bytes::Bytes {
    // Not all the same byte: no layer may win by compressing.
    let body: Vec<u8> = (0..run.size)
        .map(|index| (index * 167 % 251) as u8)
        .collect();
    Message::data(body).to_bytes()
}

/// Sends whenever there is room in the window.
fn send(
    peer: &mut Peer,
    message: &[u8],
    window: usize,
    phases: Phases,
    recorder: &mut Recorder,
) -> anyhow::Result<()> {
    let mut waiting: HashMap<u32, Instant> = HashMap::new();
    loop {
        let now = Instant::now();
        while waiting.len() < window && now < phases.until {
            waiting.insert(peer.queue_message(LINK, 0, message), now);
        }
        if waiting.is_empty() {
            return Ok(());
        }
        if peer.wire.queued() > 0 {
            peer.wire.flush()?;
        }
        let said = peer.hear()?.context("closed by the hub")?;
        match said.performative {
            Performative::Disposition(settled) => {
                let last = settled.last.unwrap_or(settled.first);
                for delivery in settled.first.0..=last.0 {
                    match (waiting.remove(&delivery), &settled.state) {
                        (Some(begin), Some(DeliveryState::Accepted)) => {
                            recorder.acknowledged(begin);
                        }
                        (Some(_), other) => bail!("{other:?}"),
                        (None, _) => {}
                    }
                }
            }
            Performative::Flow(_) => {}
            other => bail!("{other:?}"),
        }
    }
}
