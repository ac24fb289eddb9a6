//! `roost config print` and `roost config example`

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::config::{EXAMPLE, NodeConfig};
use crate::output::tell;

const EXAMPLES: &str = "\
Examples:
  roost config example > /etc/roost/node.toml
  roost config print --config /etc/roost/node.toml
  ROOST_LOG__FORMAT=json roost config print --config node.toml    environment included";

/// Show and check configurations
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct ConfigArgs {
    #[command(subcommand)]
    command: ConfigCommand,
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Check a configuration and print what is in force: file, environment and defaults
    Print {
        /// Configuration of a node (TOML)
        #[arg(long, value_name = "FILE", env = "ROOST_CONFIG")]
        config: PathBuf,
    },
    /// Print a commented configuration of the first of three bare-metal nodes
    Example,
}

impl ConfigArgs {
    pub(super) fn execute(self) -> anyhow::Result<()> {
        match self.command {
            ConfigCommand::Print { config } => tell!("{}", NodeConfig::load(&config)?.to_toml()?),
            ConfigCommand::Example => tell!("{EXAMPLE}"),
        }
        Ok(())
    }
}
