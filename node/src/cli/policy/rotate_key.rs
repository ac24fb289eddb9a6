//! `roost policy rotate-key`

use clap::Args;
use reqwest::Method;
use serde_json::Value;

use super::print;
use crate::service::{KeyKind, ServiceClient, TargetArgs};

/// Replace one key of a policy by a new one
#[derive(Debug, Args)]
pub(super) struct RotateKeyArgs {
    /// The policy
    name: String,

    /// Which key
    #[arg(value_enum)]
    key: KeyKind,

    #[command(flatten)]
    target: TargetArgs,
}

impl RotateKeyArgs {
    pub(super) async fn execute(self) -> anyhow::Result<()> {
        let client = ServiceClient::new(&self.target.resolve()?)?;
        let key = match self.key {
            KeyKind::Primary => "primary",
            KeyKind::Secondary => "secondary",
        };
        let path = ["admin", "policies", &self.name, "keys", key, "regenerate"];
        let answer = client.send_bytes(Method::POST, &path, Vec::new()).await?;
        let policy: Value = answer.json().await?;
        print(&client, &policy);
        Ok(())
    }
}
