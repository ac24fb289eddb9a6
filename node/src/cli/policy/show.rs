//! `roost policy show`

use clap::Args;
use serde_json::Value;

use super::print;
use crate::output::say;
use crate::service::{ServiceClient, TargetArgs};

/// Show a policy with its connection strings
#[derive(Debug, Args)]
pub(super) struct ShowArgs {
    /// The policy
    name: String,

    /// Print it as JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    target: TargetArgs,
}

impl ShowArgs {
    pub(super) async fn execute(self) -> anyhow::Result<()> {
        let client = ServiceClient::new(&self.target.resolve()?)?;
        let path = ["admin", "policies", &self.name];
        let policy: Value = client.get(&path, &[]).await?.json().await?;
        if self.json {
            say!("{}", serde_json::to_string_pretty(&policy)?);
        } else {
            print(&client, &policy);
        }
        Ok(())
    }
}
