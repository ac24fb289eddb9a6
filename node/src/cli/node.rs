//! `roost node`

use std::path::PathBuf;

use clap::Args;

use crate::config::NodeConfig;
use crate::{run, telemetry};

const EXAMPLES: &str = "\
Examples:
  roost config example > node.toml     a commented configuration to start from
  roost node --config node.toml
  ROOST_LOG__FILTER=debug roost node --config node.toml

The node logs to standard output and stops cleanly on SIGTERM and Ctrl-C. It is ready when
GET /readyz of its metrics listener answers 200. After a crash start it again the same way.";

/// Run one node of a cluster
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct NodeArgs {
    /// Configuration of the node (TOML)
    #[arg(long, value_name = "FILE", env = "ROOST_CONFIG")]
    config: PathBuf,
}

impl NodeArgs {
    pub(super) async fn execute(self) -> anyhow::Result<()> {
        let config = NodeConfig::load(&self.config)?;
        telemetry::start_logging(&config.log)?;
        run::run(config).await
    }
}
