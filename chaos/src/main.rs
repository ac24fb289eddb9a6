//! Faults against real clusters, by hand: `roost-chaos kill --rounds 3`.

mod entropy;
mod simulate;

use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};
use roost_chaos::{kill, membership, mixed, nemesis};

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
    /// Break networks, disks, data and processes while everybody works, and hold every outcome against
    /// what is stored. Nodes get network namespaces and file systems of their own, which takes root; what
    /// the machine does not permit is skipped.
    Nemesis(NemesisArguments),
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

#[derive(Debug, clap::Args)]
struct NemesisArguments {
    /// Faults go on for this long; each comes once at least.
    #[arg(long, default_value_t = 0)]
    minutes: u64,
    /// What is done, in this order; everything if nothing is said.
    #[arg(long, value_delimiter = ',')]
    faults: Vec<nemesis::Fault>,
    /// What must take hold, or the run has failed.
    #[arg(long, value_delimiter = ',')]
    required: Vec<nemesis::Fault>,
    /// Nodes of the cluster.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(3..=9))]
    nodes: u64,
    /// Devices that do everything, each with back ends of its own.
    #[arg(long, default_value_t = 6)]
    devices: usize,
    /// Further devices that only send telemetry.
    #[arg(long, default_value_t = 24)]
    publishers: usize,
    /// Messages per second of each of these.
    #[arg(long, default_value_t = 20)]
    rate: u32,
    /// Seconds that a fault stays once the others get on without the nodes that it hit.
    #[arg(long, default_value_t = 5)]
    hold: u64,
    /// Decides what is damaged where.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Folder for keys, configurations and data; what is in it is lost.
    #[arg(long, default_value_os_t = std::env::temp_dir().join("roost-chaos-nemesis"))]
    data: PathBuf,
    /// Folder for the history, the report and its picture.
    #[arg(long, default_value = "nemesis-report")]
    report: PathBuf,
    /// Runs with different tags can go on side by side; it is the third byte of all addresses.
    #[arg(long, default_value_t = 24, value_parser = clap::value_parser!(u8).range(1..=254))]
    tag: u8,
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
        Story::Nemesis(arguments) => nemesis(&arguments.plan()).await?,
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

/// Runs until the end or until it is interrupted; either way networks and disks are taken away.
async fn nemesis(plan: &nemesis::Plan) -> anyhow::Result<Vec<String>> {
    let report = tokio::select! {
        report = Box::pin(nemesis::run(plan)) => report?,
        _ = tokio::signal::ctrl_c() => anyhow::bail!("interrupted"),
    };
    println!("{report}");
    println!("report: {}", plan.report.join("report.md").display());
    Ok(report.broken_promises())
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

impl NemesisArguments {
    fn plan(self) -> nemesis::Plan {
        let faults = match self.faults.is_empty() {
            true => nemesis::Fault::ALL.to_vec(),
            false => self.faults,
        };
        nemesis::Plan {
            nodes: self.nodes,
            devices: self.devices,
            publishers: self.publishers,
            rate: self.rate,
            faults,
            required: self.required,
            time: Duration::from_secs(self.minutes * 60),
            hold: Duration::from_secs(self.hold),
            seed: self.seed,
            folder: self.data,
            report: self.report,
            tag: self.tag,
        }
    }
}
