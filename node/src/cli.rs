//! The command line: one file per command.

mod c2d;
mod ca;
mod cluster;
mod completions;
mod config;
mod dev;
mod device;
mod export;
mod identity;
mod import;
mod method;
mod monitor_events;
mod node;
mod pki;
mod policy;
mod query;
mod sas;
mod simulate;
mod twin;

use std::time::Duration;

use anyhow::Context;
use clap::{Parser, Subcommand};

/// Where `roost dev` keeps its cluster, and where the other commands look for one.
pub(crate) const DEFAULT_DATA: &str = "roost-data";

const EXAMPLES: &str = "\
Start here:
  roost dev                              three nodes on this machine, Ctrl-C stops them
  roost device create thermostat-1       in another terminal: a device and its connection string
  roost monitor-events                   what devices send, live
  roost simulate --devices 20            twenty devices that send
  roost method invoke thermostat-1 reboot        call it and print its answer
  roost twin update thermostat-1 --desired '{\"interval\":10}'   tell it what it should be

On machines of your own:
  roost pki init --pki ./pki --hub hub.example.com
  roost config example > node.toml
  roost node --config node.toml

The commands find the development cluster in ./roost-data by themselves. For another hub give a
connection string with --connection-string or ROOST_CONNECTION_STRING, and its CA with --ca.";

/// An IoT hub on your own machines, for devices and back ends written for Azure IoT Hub
#[derive(Debug, Parser)]
#[command(name = "roost", version, after_help = EXAMPLES, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Dev(dev::DevArgs),
    Node(node::NodeArgs),
    Config(config::ConfigArgs),
    Device(device::DeviceArgs),
    C2d(c2d::C2dArgs),
    Import(import::ImportArgs),
    Export(export::ExportArgs),
    MonitorEvents(monitor_events::MonitorEventsArgs),
    Simulate(simulate::SimulateArgs),
    Method(method::MethodArgs),
    Twin(twin::TwinArgs),
    Query(query::QueryArgs),
    Cluster(cluster::ClusterArgs),
    Policy(policy::PolicyArgs),
    Ca(ca::CaArgs),
    Pki(pki::PkiArgs),
    Sas(sas::SasArgs),
    Completions(completions::CompletionsArgs),
}

impl Cli {
    /// Runs the command to its end.
    ///
    /// # Errors
    /// What went wrong, in words for the user.
    pub(crate) fn execute(self) -> anyhow::Result<()> {
        match self.command {
            Command::Config(args) => args.execute(),
            Command::Pki(args) => args.execute(),
            Command::Sas(args) => args.execute(),
            Command::Completions(args) => args.execute(),
            Command::Dev(args) => block_on(args.execute()),
            Command::Node(args) => block_on(args.execute()),
            Command::Device(args) => block_on(args.execute()),
            Command::C2d(args) => block_on(args.execute()),
            Command::Import(args) => block_on(args.execute()),
            Command::Export(args) => block_on(args.execute()),
            Command::MonitorEvents(args) => block_on(args.execute()),
            Command::Simulate(args) => block_on(args.execute()),
            Command::Method(args) => block_on(args.execute()),
            Command::Twin(args) => block_on(args.execute()),
            Command::Query(args) => block_on(args.execute()),
            Command::Cluster(args) => block_on(args.execute()),
            Command::Policy(args) => block_on(args.execute()),
            Command::Ca(args) => block_on(args.execute()),
        }
    }
}

fn block_on(command: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("cannot start the runtime")?;
    let result = runtime.block_on(command);
    // A read of the terminal or a lookup of a name must not keep the process alive.
    runtime.shutdown_background();
    result
}

/// A duration as people write it: `90s`, `1h 30m`, `1day`.
fn duration(text: &str) -> Result<Duration, String> {
    humantime_serde::re::humantime::parse_duration(text)
        .map_err(|error| format!("{error}; write for example 90s, 15m or 1day"))
}

#[cfg(test)]
mod tests;
