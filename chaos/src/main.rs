//! Faults against real clusters, by hand: `roost-chaos kill --rounds 3`.

mod entropy;
mod simulate;

use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use roost_chaos::{kill, membership, mixed};

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
    /// Let nodes join, leave, die and be replaced under load, and compare in the same way.
    Membership(MembershipArguments),
    /// Kill the busiest node in the same way while back ends and devices use twins, messages and
    /// methods at once, and hold every outcome against what is stored and what came.
    Mixed(MixedArguments),
    /// Simulate clusters from seeds, break them in every way that a machine can, and hold them to
    /// their promises.
    Sim(simulate::Arguments),
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

#[derive(Debug, clap::Args)]
struct MembershipArguments {
    /// Devices, spread evenly over the founders.
    #[arg(long, default_value_t = 36)]
    devices: usize,
    /// Unacknowledged messages that a device may have.
    #[arg(long, default_value_t = 16)]
    window: usize,
    /// Messages per second and device.
    #[arg(long, default_value_t = 40)]
    rate: u32,
    /// Partitions of the hub, at least one for each of four nodes.
    #[arg(long, default_value_t = 4)]
    partitions: u16,
    /// Folder for keys, configurations and data; what is in it is lost.
    #[arg(long, default_value_os_t = std::env::temp_dir().join("roost-chaos-membership"))]
    data: PathBuf,
    /// Loopback address of the first node; the others have the addresses after it.
    #[arg(long, default_value = "127.0.21.1")]
    first_address: Ipv4Addr,
}

#[derive(Debug, clap::Args)]
struct MixedArguments {
    /// Devices, spread evenly over the three nodes.
    #[arg(long, default_value_t = 6)]
    devices: usize,
    /// Further devices that only send telemetry.
    #[arg(long, default_value_t = 6)]
    publishers: usize,
    /// How often a node is killed.
    #[arg(long, default_value_t = 10)]
    rounds: usize,
    /// Kill the next node as soon as work goes on, before leaders are even again.
    #[arg(long)]
    hasty: bool,
    /// Folder for keys, configurations and data; what is in it is lost.
    #[arg(long, default_value_os_t = std::env::temp_dir().join("roost-chaos-mixed"))]
    data: PathBuf,
    /// Loopback address of the first node; the others have the addresses after it.
    #[arg(long, default_value = "127.0.22.1")]
    first_address: Ipv4Addr,
}

fn main() -> anyhow::Result<ExitCode> {
    match Arguments::parse().story {
        Story::Sim(arguments) => simulate::run(&arguments),
        story => tokio::runtime::Runtime::new()?.block_on(on_real_clusters(story)),
    }
}

async fn on_real_clusters(story: Story) -> anyhow::Result<ExitCode> {
    let broken = match story {
        Story::Sim(_) => Vec::new(),
        Story::Kill(arguments) => {
            let report = kill::run(&arguments.plan()).await?;
            println!("{report}");
            report.broken_promises()
        }
        Story::Membership(arguments) => {
            let report = membership::run(&arguments.plan()).await?;
            println!("{report}");
            report.broken_promises()
        }
        Story::Mixed(arguments) => {
            let report = mixed::run(&arguments.plan()).await?;
            println!("{report}");
            report.broken_promises().to_vec()
        }
    };
    for promise in &broken {
        println!("BROKEN {promise}");
    }
    Ok(if broken.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

impl KillArguments {
    fn plan(self) -> kill::Plan {
        kill::Plan {
            nodes: self.nodes,
            devices: self.devices,
            rounds: self.rounds,
            window: self.window,
            rate: self.rate,
            folder: self.data,
            first_address: self.first_address,
        }
    }
}

impl MembershipArguments {
    fn plan(self) -> membership::Plan {
        membership::Plan {
            devices: self.devices,
            window: self.window,
            rate: self.rate,
            partitions: self.partitions,
            folder: self.data,
            first_address: self.first_address,
        }
    }
}

impl MixedArguments {
    fn plan(self) -> mixed::Plan {
        mixed::Plan {
            devices: self.devices,
            publishers: self.publishers,
            rounds: self.rounds,
            hasty: self.hasty,
            folder: self.data,
            first_address: self.first_address,
        }
    }
}
