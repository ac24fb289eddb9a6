//! `roost device connection-string`

use anyhow::{Context, anyhow};
use clap::Args;
use roost_model::HubName;

use crate::cli::identity::IdentityArgs;
use crate::output::say;
use crate::service::{KeyKind, ServiceClient, TargetArgs};

/// Print the connection string that a device or module uses
#[derive(Debug, Args)]
pub(super) struct ConnectionStringArgs {
    #[command(flatten)]
    identity: IdentityArgs,

    /// With which of its keys
    #[arg(long, value_enum, default_value_t = KeyKind::Primary)]
    key: KeyKind,

    /// Write this host into it, for example another node's address
    #[arg(long, value_name = "HOST", value_parser = HubName::parse)]
    host: Option<HubName>,

    #[command(flatten)]
    target: TargetArgs,
}

impl ConnectionStringArgs {
    pub(super) async fn execute(self) -> anyhow::Result<()> {
        let client = ServiceClient::new(&self.target.resolve()?)?;
        let identity = self.identity.identity();
        let device = client.identity(&identity).await?;
        let host = self.host.as_ref().unwrap_or(client.host());
        let own = device
            .connection_string(host, &identity, self.key)
            .context("the hub's answer holds an invalid key")?
            .ok_or_else(|| anyhow!("{identity} has no key: it uses {}", device.authentication()))?;
        say!("{own}");
        Ok(())
    }
}
