//! `roost cluster status`, `join` and `remove`

mod status;

use clap::{Args, Subcommand};
use reqwest::Method;
use serde_json::json;

use crate::config::is_host_and_port;
use crate::output::{Paint, say};
use crate::service::{ServiceClient, TargetArgs};

const EXAMPLES: &str = "\
Examples:
  roost cluster status
  roost cluster join --id 4 --address 10.0.0.4:7600    after node 4 was started
  roost cluster remove --id 2                          node 2 is dead or is to be taken away

To replace a dead node: start a new one under a new id with the same peers in its configuration,
join it, then remove the dead one. The hub serves throughout.";

/// See and change which nodes form the cluster
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct ClusterArgs {
    #[command(subcommand)]
    command: ClusterCommand,
}

#[derive(Debug, Subcommand)]
enum ClusterCommand {
    Status(status::StatusArgs),
    Join(JoinArgs),
    Remove(RemoveArgs),
}

/// Take a running node into the cluster
#[derive(Debug, Args)]
struct JoinArgs {
    /// Number of the node, never used by another one before
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..))]
    id: u64,

    /// Where the other nodes reach it
    #[arg(long, value_name = "HOST:PORT", value_parser = address)]
    address: String,

    #[command(flatten)]
    target: TargetArgs,
}

/// Take a node out of the cluster, dead or alive
#[derive(Debug, Args)]
struct RemoveArgs {
    /// Number of the node
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..))]
    id: u64,

    #[command(flatten)]
    target: TargetArgs,
}

impl ClusterArgs {
    pub(super) async fn execute(self) -> anyhow::Result<()> {
        match self.command {
            ClusterCommand::Status(args) => args.execute().await,
            ClusterCommand::Join(args) => args.execute().await,
            ClusterCommand::Remove(args) => args.execute().await,
        }
    }
}

impl JoinArgs {
    async fn execute(self) -> anyhow::Result<()> {
        let client = ServiceClient::new(&self.target.resolve()?)?;
        let body = json!({ "id": self.id, "address": self.address });
        client
            .send_json(Method::POST, &["admin", "cluster", "nodes"], &body)
            .await?;
        say!("{} node {}", Paint::stdout().good("joined"), self.id);
        Ok(())
    }
}

impl RemoveArgs {
    async fn execute(self) -> anyhow::Result<()> {
        let client = ServiceClient::new(&self.target.resolve()?)?;
        client
            .delete(&["admin", "cluster", "nodes", &self.id.to_string()])
            .await?;
        say!("{} node {}", Paint::stdout().good("removed"), self.id);
        Ok(())
    }
}

fn address(text: &str) -> Result<String, String> {
    if is_host_and_port(text) {
        Ok(text.to_owned())
    } else {
        Err("write HOST:PORT, for example 10.0.0.4:7600".to_owned())
    }
}
