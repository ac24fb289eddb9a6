//! `roost monitor-events`
//!
//! One reader per partition, each on its own stream of server-sent events; their events meet in one
//! bounded queue in front of the printer, so a slow terminal slows the readers down.

mod partition;
mod render;

use anyhow::bail;
use clap::{Args, ValueEnum};
use roost_model::DeviceId;
use serde::Deserialize;
use tokio::sync::mpsc;

use self::partition::{PartitionReader, Start};
use self::render::Renderer;
use crate::output::{Paint, tell};
use crate::service::{ServiceClient, TargetArgs};

/// Events that may wait for the printer.
const QUEUE: usize = 256;

const EXAMPLES: &str = "\
Examples:
  roost monitor-events                           what devices send from now on
  roost monitor-events --from earliest           everything that is still kept, then what comes
  roost monitor-events --device thermostat-1 --device thermostat-2
  roost monitor-events --json | jq .bodyText
  roost monitor-events --from earliest --count 100 --json > first-hundred.jsonl

Events of one device come in order; events of different partitions come as they arrive.";

/// Print the events that devices send, live
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct MonitorEventsArgs {
    /// Where to begin
    #[arg(long, value_enum, default_value_t = From::Latest)]
    from: From,

    /// Only events of this device; may be given again
    #[arg(long, value_name = "ID", value_parser = DeviceId::parse)]
    device: Vec<DeviceId>,

    /// Only this partition; may be given again
    #[arg(long, value_name = "NUMBER")]
    partition: Vec<u16>,

    /// Print each event as one line of JSON
    #[arg(long)]
    json: bool,

    /// Show system properties too
    #[arg(long, short)]
    verbose: bool,

    /// End after so many events
    #[arg(long, value_name = "NUMBER")]
    count: Option<u64>,

    #[command(flatten)]
    target: TargetArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum From {
    Earliest,
    Latest,
}

/// The hub's event stream, as far as it matters here.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct EventStream {
    partitions: Vec<Partition>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Partition {
    partition: u16,
    /// -1 before the first event.
    last_enqueued_sequence_number: i64,
}

impl MonitorEventsArgs {
    pub(super) async fn execute(self) -> anyhow::Result<()> {
        let client = ServiceClient::new(&self.target.resolve()?)?;
        let stream: EventStream = client
            .get(&["messages", "events"], &[])
            .await?
            .json()
            .await?;
        let known: Vec<u16> = stream.partitions.iter().map(|p| p.partition).collect();
        if let Some(unknown) = self.partition.iter().find(|number| !known.contains(number)) {
            bail!(
                "there is no partition {unknown}; the hub has {}",
                known.len()
            );
        }
        let (sender, receiver) = mpsc::channel(QUEUE);
        let mut readers = tokio::task::JoinSet::new();
        for partition in stream.partitions {
            let number = partition.partition;
            if !self.partition.is_empty() && !self.partition.contains(&number) {
                continue;
            }
            // "Latest" is fixed now: what arrives while a stream is being opened is not missed.
            let start = match (
                self.from,
                u64::try_from(partition.last_enqueued_sequence_number),
            ) {
                (From::Latest, Ok(last)) => Start::After(last),
                (From::Earliest, _) | (From::Latest, Err(_)) => Start::Earliest,
            };
            let reader = PartitionReader::new(client.clone(), number, start, sender.clone());
            readers.spawn(reader.run());
        }
        drop(sender);
        let notice = self.notice(readers.len());
        if !self.json {
            eprintln!("{}", Paint::stderr().faint(notice));
        }
        tokio::select! {
            printed = self.print(receiver) => printed,
            failed = first_failure(&mut readers) => failed,
            _ = tokio::signal::ctrl_c() => Ok(()),
        }
    }

    fn notice(&self, partitions: usize) -> String {
        let from = match self.from {
            From::Earliest => "the oldest event on",
            From::Latest => "now on",
        };
        format!("reading {partitions} partitions from {from}; Ctrl-C ends")
    }

    async fn print(&self, mut events: mpsc::Receiver<serde_json::Value>) -> anyhow::Result<()> {
        let renderer = Renderer::new(Paint::stdout(), self.verbose);
        let mut printed = 0;
        while let Some(event) = events.recv().await {
            if !self.wants(&event) {
                continue;
            }
            let text = if self.json {
                format!("{event}\n")
            } else {
                renderer.render(&event)
            };
            tell!("{text}");
            printed += 1;
            if self.count.is_some_and(|count| printed >= count) {
                return Ok(());
            }
        }
        Ok(())
    }

    fn wants(&self, event: &serde_json::Value) -> bool {
        let device = render::device_of(event);
        self.device.is_empty() || self.device.iter().any(|wanted| wanted.as_str() == device)
    }
}

/// Resolves when a reader gives up; readers don't end otherwise.
async fn first_failure(readers: &mut tokio::task::JoinSet<anyhow::Error>) -> anyhow::Result<()> {
    match readers.join_next().await {
        Some(Ok(error)) => Err(error),
        Some(Err(error)) => Err(error.into()),
        None => std::future::pending().await,
    }
}
