//! Faults against real clusters, by hand: `roost-chaos kill --rounds 3`.

use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use roost_chaos::kill::{self, Plan};

#[derive(Debug, Parser)]
#[command(about = "Breaks clusters and holds them to their promises")]
struct Arguments {
    #[command(subcommand)]
    story: Story,
}

#[derive(Debug, Subcommand)]
enum Story {
    /// Kill the busiest node with SIGKILL under load, start it again, and compare what was
    /// acknowledged with what is stored.
    Kill(KillArguments),
}

#[derive(Debug, clap::Args)]
struct KillArguments {
    /// Nodes of the cluster.
    #[arg(long, default_value_t = 3)]
    nodes: usize,
    /// Devices, spread evenly over the nodes.
    #[arg(long, default_value_t = 50)]
    devices: usize,
    /// How often a node is killed.
    #[arg(long, default_value_t = 10)]
    rounds: usize,
    /// Unacknowledged messages that a device may have.
    #[arg(long, default_value_t = 16)]
    window: usize,
    /// Messages per second and device.
    #[arg(long, default_value_t = 40)]
    rate: u32,
    /// Folder for the cluster's data; what is in it is lost.
    #[arg(long, default_value_os_t = std::env::temp_dir().join("roost-chaos-kill"))]
    data: PathBuf,
    /// Loopback address of the first node; the others have the addresses after it.
    #[arg(long, default_value = "127.0.20.1")]
    first_address: Ipv4Addr,
}

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let Story::Kill(arguments) = Arguments::parse().story;
    let report = kill::run(&Plan {
        nodes: arguments.nodes,
        devices: arguments.devices,
        rounds: arguments.rounds,
        window: arguments.window,
        rate: arguments.rate,
        folder: arguments.data,
        first_address: arguments.first_address,
    })
    .await?;
    println!("{report}");
    let broken = report.broken_promises();
    for promise in &broken {
        println!("BROKEN {promise}");
    }
    Ok(if broken.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
