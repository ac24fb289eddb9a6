//! `roost dev`

use std::net::Ipv4Addr;
use std::path::PathBuf;

use clap::Args;
use roost_model::limits::MAX_PARTITIONS;

use super::DEFAULT_DATA;
use crate::dev::{self, Options};

const EXAMPLES: &str = "\
Examples:
  roost dev                        three nodes on 127.0.0.1, 127.0.0.2 and 127.0.0.3
  roost dev --nodes 1              one node: quicker, nothing is replicated
  roost dev --fresh                delete what an earlier run left and start anew
  kill -9 PID                      try it: no acknowledged message is lost, and the printed
                                   command starts the node again

Devices and back ends use the standard ports 8883 and 443. On most systems port 443 needs
  sudo sysctl -w net.ipv4.ip_unprivileged_port_start=443

The folder holds the CA, certificates, policies, one configuration, log and data folder per node,
and dev.json with everything that a program needs to use the cluster.";

/// Start a cluster of real nodes on this machine
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct DevArgs {
    /// Number of nodes [default: 3, or as many as the folder has]
    #[arg(long, value_parser = clap::value_parser!(u8).range(1..=64))]
    nodes: Option<u8>,

    /// Folder of the cluster
    #[arg(long, value_name = "DIR", env = "ROOST_DATA", default_value = DEFAULT_DATA)]
    data: PathBuf,

    /// Delete the cluster in the folder first
    #[arg(long)]
    fresh: bool,

    /// Name of the hub [default: roost.local]
    #[arg(long, value_name = "NAME")]
    hub: Option<String>,

    /// Partitions of the event stream [default: 16]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=i64::from(MAX_PARTITIONS)))]
    partitions: Option<u16>,

    /// Address of the first node; the others follow it [default: 127.0.0.1]
    #[arg(long, value_name = "ADDRESS")]
    first_address: Option<Ipv4Addr>,

    /// Stop when standard input ends, so that the cluster ends with the program that started it
    #[arg(long)]
    until_stdin_closes: bool,
}

impl DevArgs {
    pub(super) async fn execute(self) -> anyhow::Result<()> {
        let options = Options {
            directory: self.data,
            fresh: self.fresh,
            nodes: self.nodes,
            hub: self.hub,
            partitions: self.partitions,
            first_address: self.first_address,
            until_stdin_closes: self.until_stdin_closes,
        };
        Ok(dev::run(options).await?)
    }
}
