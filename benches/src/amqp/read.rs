use std::io::ErrorKind;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use roost_amqp::codec::Role;
use roost_amqp::codec::performative::Performative;
use roost_chaos::harness::amqp::{Peer, frames};
use roost_chaos::harness::{ServiceClient, from_now};
use serde::Serialize;

use super::Hub;
use crate::options::AmqpRead;

/// Deliveries that the hub may have under way on a link. What the npm and PyPI clients give is less.
const CREDIT: u32 = 4_096;
/// So long without an event means that there are no more.
const QUIET: Duration = Duration::from_secs(2);
/// The first link that reads; those before it belong to `$cbs`.
const FIRST: u32 = 10;

/// What a run found.
#[derive(Debug, Default, Serialize)]
struct Found {
    label: String,
    partitions: u16,
    events: u64,
    bytes: u64,
    /// From the first event to the last.
    seconds: f64,
    events_per_second: f64,
}

/// One connection reads partitions from their beginning, on a link for each, until there are no more
/// events or the time is over.
///
/// # Errors
/// The hub refuses, or breaks off.
pub(crate) async fn run(options: &AmqpRead) -> anyhow::Result<()> {
    let hub = Hub::read(&options.hub)?;
    let node = hub.file.nodes.first().context("the hub has a node")?;
    let owner = ServiceClient::owner(&hub.file, node)?;
    let token = owner.token(&[], from_now(Duration::from_secs(3_600)));
    let stream = hub.file.event_hub.split(';');
    let mut stream = stream.filter_map(|part| part.strip_prefix("EntityPath="));
    let stream = stream
        .next_back()
        .context("the stream has a name")?
        .to_owned();
    let (partitions, seconds) = (options.partitions, options.seconds);
    let reading = tokio::task::spawn_blocking(move || {
        let mut peer = hub.connect(0, &token)?;
        read(&mut peer, &stream, partitions, seconds)
    });
    let mut found = reading.await??;
    found.label.clone_from(&options.label);
    if options.json {
        println!("{}", serde_json::to_string(&found)?);
    } else {
        println!(
            "{} events of {} partitions in {:.2} s: {:.0} events/s",
            found.events, found.partitions, found.seconds, found.events_per_second
        );
    }
    Ok(())
}

fn read(
    peer: &mut Peer,
    stream: &str,
    partitions: u16,
    seconds: Duration,
) -> anyhow::Result<Found> {
    for partition in 0..partitions {
        let address = format!("{stream}/ConsumerGroups/$Default/Partitions/{partition}");
        let handle = FIRST + u32::from(partition);
        peer.attached(&frames::attach(handle, Role::Receiver, &address))?;
    }
    let mut received = vec![0_u32; usize::from(partitions)];
    for partition in 0..partitions {
        let flow = frames::credit(FIRST + u32::from(partition), 0, CREDIT);
        peer.wire.queue_frame(0, &flow, &[]);
    }
    peer.wire.flush()?;
    peer.wire.set_patience(QUIET)?;
    let mut found = Found {
        partitions,
        ..Found::default()
    };
    let mut first = None;
    let mut last = Instant::now();
    while first.is_none_or(|first: Instant| first.elapsed() < seconds) {
        let said = match peer.hear() {
            Ok(said) => said.context("closed by the hub")?,
            Err(error) if is_quiet(&error) && first.is_some() => break,
            Err(error) => return Err(error),
        };
        let transfer = match said.performative {
            Performative::Transfer(transfer) => transfer,
            Performative::Flow(_) | Performative::Attach(_) => continue,
            other => bail!("{other:?}"),
        };
        last = Instant::now();
        first.get_or_insert(last);
        found.bytes += said.payload.len() as u64;
        if transfer.more {
            continue;
        }
        found.events += 1;
        let count = &mut received[(transfer.handle - FIRST) as usize];
        *count += 1;
        if count.is_multiple_of(CREDIT / 4) {
            peer.say(&frames::credit(transfer.handle, *count, CREDIT))?;
        }
    }
    let first = first.context("there is nothing to read")?;
    found.seconds = last.duration_since(first).as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52 events")]
    let events = found.events as f64;
    found.events_per_second = events / found.seconds.max(f64::EPSILON);
    Ok(found)
}

fn is_quiet(error: &anyhow::Error) -> bool {
    let kind = error
        .downcast_ref::<std::io::Error>()
        .map(std::io::Error::kind);
    matches!(kind, Some(ErrorKind::WouldBlock | ErrorKind::TimedOut))
}
