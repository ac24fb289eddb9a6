//! Messages from a back end over HTTPS to devices over MQTT, and how long they take.
//!
//! Each device has a number of senders; each sends a message, waits until the device has received it,
//! and sends the next one. The device acknowledges by itself, which completes the message. At the end
//! nothing may be left in a queue: what was delivered was completed.

mod report;
mod target;

use std::time::Instant;

use futures::future::try_join_all;
use tokio::task::JoinSet;
use tokio::time::{Duration, sleep};

use crate::measurement::{Measurement, Phases, Recorder};
use crate::options::Commands;
use report::Report;
use target::Target;

/// How long the last messages may take to be completed.
const FAREWELL: Duration = Duration::from_secs(10);

/// What the senders of all devices measured.
#[derive(Debug)]
struct Measured {
    /// From the request to its answer: the message is durable.
    stored: Measurement,
    /// From the request until the device has the message.
    delivered: Measurement,
}

/// Connects, sends, measures, and prints the report.
///
/// # Errors
/// A device cannot be made or connected, or the hub cannot be asked what is left.
pub(crate) async fn run(options: &Commands) -> anyhow::Result<()> {
    let targets = Target::all(options).await?;
    let phases = Phases::begin_now(options.warm_up, options.seconds);
    let mut senders = JoinSet::new();
    for target in &targets {
        for _ in 0..options.window {
            senders.spawn(send(target.clone(), options.size.max(8), phases));
        }
    }
    let mut measured = Measured::new()?;
    while let Some(part) = senders.join_next().await {
        let part = part??;
        measured.stored.add(part.stored)?;
        measured.delivered.add(part.delivered)?;
    }
    let left = left(&targets).await?;
    let report = Report::new(options, &measured, left);
    if options.json {
        println!("{}", serde_json::to_string(&report)?);
    } else {
        println!("{report}");
    }
    Ok(())
}

/// Sends one message after the other until the time is over.
async fn send(target: Target, size: usize, phases: Phases) -> anyhow::Result<Measured> {
    let (mut stored, mut delivered) = (Recorder::new(phases)?, Recorder::new(phases)?);
    while Instant::now() < phases.until {
        let (number, arrival) = target.expect();
        let begin = Instant::now();
        if let Err(error) = target.send(number, size).await {
            stored.failed(format!("{error:#}"));
            break;
        }
        stored.acknowledged(begin);
        match tokio::time::timeout(FAREWELL, arrival).await {
            Ok(Ok(())) => delivered.acknowledged(begin),
            _ => {
                delivered.failed("a message did not arrive".to_owned());
                break;
            }
        }
    }
    Ok(Measured {
        stored: stored.finish(),
        delivered: delivered.finish(),
    })
}

/// What is left in the queues once there was time to complete what was delivered.
async fn left(targets: &[Target]) -> anyhow::Result<u64> {
    let deadline = Instant::now() + FAREWELL;
    loop {
        let waiting = try_join_all(targets.iter().map(Target::waiting)).await?;
        let left = waiting.into_iter().sum();
        if left == 0 || Instant::now() >= deadline {
            return Ok(left);
        }
        sleep(Duration::from_millis(100)).await;
    }
}

impl Measured {
    fn new() -> anyhow::Result<Self> {
        Ok(Self {
            stored: Measurement::new()?,
            delivered: Measurement::new()?,
        })
    }
}
