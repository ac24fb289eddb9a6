use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};

use crate::targets::Targets;

/// Load on MQTT brokers that listen on loopback.
#[derive(Debug, Parser)]
#[command(name = "roost-load")]
pub(crate) struct Options {
    #[command(subcommand)]
    pub(crate) action: Action,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Action {
    /// Publish with QoS 1 and measure acknowledgements.
    Publish(Publish),
    /// Hold idle connections until standard input closes. Prints `ready` when all stand.
    Idle(Idle),
    /// Patch reported properties of devices of a hub, and measure the answers.
    Twins(Twins),
    /// Call methods of devices of a hub, and measure round trips.
    Methods(Methods),
    /// Send telemetry over AMQP and measure outcomes.
    AmqpPublish(AmqpPublish),
    /// Read the event stream over AMQP from its beginning.
    AmqpRead(AmqpRead),
    /// Put values into an etcd cluster over gRPC: a peer for twins.
    Etcd(Etcd),
    /// Send messages to devices over HTTPS and measure how they are delivered over MQTT.
    Commands(Commands),
}

/// Whom to connect to, and as whom.
#[derive(Debug, Args)]
pub(crate) struct Broker {
    /// `dev.json` of a hub that `roost dev` serves: load on all of its nodes over TLS. Devices are
    /// created through the service API.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["target", "ca"])]
    pub(crate) hub: Option<PathBuf>,
    /// Loopback addresses of a plain MQTT broker, `ip:port[,ip:port…]`, used in turn.
    #[arg(long, value_name = "ADDRESSES", required_unless_present = "hub")]
    pub(crate) target: Option<Targets>,
    /// TLS to the plain broker, whose certificate this PEM file vouches for.
    #[arg(long, value_name = "FILE")]
    pub(crate) ca: Option<PathBuf>,
    /// Client id, and device id at a hub; {n} is the connection's number.
    #[arg(long, default_value = "load-{n}")]
    pub(crate) client_id: String,
    /// Topic at a plain broker.
    #[arg(long, default_value = "load/{n}")]
    pub(crate) topic: String,
    /// Connections.
    #[arg(long, short = 'c', default_value_t = 50, value_parser = at_least_one)]
    pub(crate) connections: usize,
    /// New connections per second, at most.
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) connect_rate: u32,
}

#[derive(Debug, Args)]
pub(crate) struct Publish {
    #[command(flatten)]
    pub(crate) broker: Broker,
    /// Messages per second over all connections, sent on time whether or not earlier ones were
    /// acknowledged; latency counts from the moment at which a message should have been sent.
    /// Without it every connection sends as fast as its window allows.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) rate: Option<u32>,
    /// Hold one QoS 1 subscriber with a persistent session on this filter: brokers that store nothing
    /// for nobody have something to do then.
    #[arg(long, value_name = "FILTER", conflicts_with = "hub")]
    pub(crate) subscriber: Option<String>,
    #[command(flatten)]
    pub(crate) run: Run,
}

#[derive(Debug, Args)]
pub(crate) struct Twins {
    #[command(flatten)]
    pub(crate) broker: Broker,
    #[command(flatten)]
    pub(crate) run: Run,
}

#[derive(Debug, Args)]
pub(crate) struct Methods {
    #[command(flatten)]
    pub(crate) broker: Broker,
    #[command(flatten)]
    pub(crate) run: Run,
}

#[derive(Debug, Args)]
pub(crate) struct AmqpPublish {
    /// `dev.json` of a hub that `roost dev` serves. Devices are created through the service API, and
    /// connect to its nodes in turn.
    #[arg(long, value_name = "FILE")]
    pub(crate) hub: PathBuf,
    /// Connections, each with a thread of its own.
    #[arg(long, short = 'c', default_value_t = 50, value_parser = at_least_one)]
    pub(crate) connections: usize,
    #[command(flatten)]
    pub(crate) run: Run,
}

#[derive(Debug, Args)]
pub(crate) struct AmqpRead {
    /// `dev.json` of a hub that `roost dev` serves.
    #[arg(long, value_name = "FILE")]
    pub(crate) hub: PathBuf,
    /// Partitions, from the first on.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) partitions: u16,
    /// How long to read at most, in seconds; less when there are no more events.
    #[arg(long, default_value = "5", value_parser = seconds)]
    pub(crate) seconds: Duration,
    /// Name in the report.
    #[arg(long, default_value = "")]
    pub(crate) label: String,
    /// One JSON line instead of a sentence.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Etcd {
    /// Loopback addresses of an etcd cluster, `ip:port[,ip:port…]`, used in turn.
    #[arg(long, value_name = "ADDRESSES")]
    pub(crate) target: Targets,
    /// Connections.
    #[arg(long, short = 'c', default_value_t = 50, value_parser = at_least_one)]
    pub(crate) connections: usize,
    #[command(flatten)]
    pub(crate) run: Run,
}

/// How long, how much at a time, and how it is told.
#[derive(Debug, Args)]
pub(crate) struct Run {
    /// Messages or requests of one connection that wait for their answer.
    #[arg(long, short = 'w', default_value_t = 1, value_parser = at_least_one)]
    pub(crate) window: usize,
    /// How long to measure, in seconds.
    #[arg(long, default_value = "5", value_parser = seconds)]
    pub(crate) seconds: Duration,
    /// Load before the measurement, in seconds.
    #[arg(long, default_value = "1", value_parser = seconds)]
    pub(crate) warm_up: Duration,
    /// Bytes of a message or value.
    #[arg(long, default_value_t = 256)]
    pub(crate) size: usize,
    /// Name in the report.
    #[arg(long, default_value = "")]
    pub(crate) label: String,
    /// One JSON line instead of a table.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Commands {
    /// `dev.json` of a hub that `roost dev` serves. Devices are created through the service API, and
    /// connect to its nodes in turn.
    #[arg(long, value_name = "FILE")]
    pub(crate) hub: PathBuf,
    /// Devices.
    #[arg(long, short = 'c', default_value_t = 50, value_parser = at_least_one)]
    pub(crate) devices: usize,
    /// Messages for one device that have been sent and not been delivered.
    #[arg(long, short = 'w', default_value_t = 1, value_parser = at_least_one)]
    pub(crate) window: usize,
    /// How long to measure, in seconds.
    #[arg(long, default_value = "5", value_parser = seconds)]
    pub(crate) seconds: Duration,
    /// Load before the measurement, in seconds.
    #[arg(long, default_value = "1", value_parser = seconds)]
    pub(crate) warm_up: Duration,
    /// Bytes of a message, 8 at least.
    #[arg(long, default_value_t = 256)]
    pub(crate) size: usize,
    /// Name in the report.
    #[arg(long, default_value = "")]
    pub(crate) label: String,
    /// One JSON line instead of a table.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Idle {
    #[command(flatten)]
    pub(crate) broker: Broker,
}

fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(number) if number > 0 => Ok(number),
        _ => Err("a whole number from 1".to_owned()),
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "a number of seconds".to_owned())?;
    Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Options::command().debug_assert();
    }

    #[test]
    fn a_target_off_this_machine_is_refused() {
        let arguments = ["roost-load", "publish", "--target", "192.0.2.1:1883"];
        let refused = Options::try_parse_from(arguments).unwrap_err().to_string();
        assert!(refused.contains("loopback"), "{refused}");
        assert!(Options::try_parse_from(["roost-load", "idle", "--target", "127.0.0.1:1"]).is_ok());
    }
}
