//! `roost twin show`

use clap::Args;
use serde_json::Value;

use super::print;
use crate::cli::identity::IdentityArgs;
use crate::output::say;
use crate::service::{ServiceClient, TargetArgs};

const EXAMPLES: &str = "\
Examples:
  roost twin show thermostat-1
  roost twin show gateway --module filter
  roost twin show thermostat-1 --json | jq .properties.reported

Without --json what the hub adds ($metadata) is left out.";

/// Show the twin of a device or module
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct ShowArgs {
    #[command(flatten)]
    identity: IdentityArgs,

    /// Print the whole twin as JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    target: TargetArgs,
}

impl ShowArgs {
    pub(super) async fn execute(self) -> anyhow::Result<()> {
        let client = ServiceClient::new(&self.target.resolve()?)?;
        let answer = client.get(&self.identity.twin_path(&[]), &[]).await?;
        let twin: Value = answer.json().await?;
        if self.json {
            say!("{}", serde_json::to_string_pretty(&twin)?);
            return Ok(());
        }
        print::twin(&self.identity.identity(), &twin)
    }
}
