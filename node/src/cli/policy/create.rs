//! `roost policy create` and `roost policy update`

use anyhow::bail;
use clap::Args;
use roost_model::Permissions;

use super::{print, put};
use crate::service::{ServiceClient, TargetArgs};

/// Create a policy; the hub makes its keys
#[derive(Debug, Args)]
pub(super) struct CreateArgs {
    #[command(flatten)]
    policy: Rights,
}

/// Change what a policy allows; its keys stay
#[derive(Debug, Args)]
pub(super) struct UpdateArgs {
    #[command(flatten)]
    policy: Rights,
}

#[derive(Debug, Args)]
struct Rights {
    /// The policy: letters, digits, `-`, `.` and `_`
    name: String,

    /// What it allows, with commas between
    #[arg(long, value_name = "RIGHTS", required = true, value_delimiter = ',', value_parser = right)]
    rights: Vec<String>,

    #[command(flatten)]
    target: TargetArgs,
}

impl CreateArgs {
    pub(super) async fn execute(self) -> anyhow::Result<()> {
        self.policy.execute(false).await
    }
}

impl UpdateArgs {
    pub(super) async fn execute(self) -> anyhow::Result<()> {
        self.policy.execute(true).await
    }
}

impl Rights {
    async fn execute(self, there_already: bool) -> anyhow::Result<()> {
        let client = ServiceClient::new(&self.target.resolve()?)?;
        let policies: Vec<serde_json::Value> = client
            .get(&["admin", "policies"], &[])
            .await?
            .json()
            .await?;
        let found = policies
            .iter()
            .any(|policy| super::text(policy, "keyName") == self.name);
        match (found, there_already) {
            (true, false) => bail!("there is a policy named {} already", self.name),
            (false, true) => bail!("there is no policy named {}", self.name),
            _ => {}
        }
        print(&client, &put(&client, &self.name, &self.rights).await?);
        Ok(())
    }
}

fn right(text: &str) -> Result<String, String> {
    match Permissions::parse(text) {
        Ok(permissions) if !permissions.is_empty() => Ok(text.to_owned()),
        _ => Err("one of RegistryRead, RegistryWrite, ServiceConnect, DeviceConnect".to_owned()),
    }
}
