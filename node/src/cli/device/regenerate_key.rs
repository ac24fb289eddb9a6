//! `roost device regenerate-key`

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};
use roost_model::SymmetricKey;
use serde_json::{Value, json};

use crate::cli::identity::IdentityArgs;
use crate::output::{Paint, say};
use crate::service::{ServiceClient, TargetArgs};

/// Replace a device's keys, or let the two change places; connections that use a replaced key are cut
#[derive(Debug, Args)]
pub(super) struct RegenerateKeyArgs {
    #[command(flatten)]
    identity: IdentityArgs,

    /// Which key
    #[arg(long, value_enum)]
    key: Which,

    /// Print the new keys as JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    target: TargetArgs,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Which {
    Primary,
    Secondary,
    Both,
    /// No new key: the primary one becomes the secondary one
    Swap,
}

impl RegenerateKeyArgs {
    pub(super) async fn execute(self) -> anyhow::Result<()> {
        let client = ServiceClient::new(&self.target.resolve()?)?;
        let identity = self.identity.identity();
        let keys = client.regenerate_keys(&identity, self.key.policy()).await?;
        if self.json {
            say!("{}", serde_json::to_string_pretty(&keys)?);
            return Ok(());
        }
        let paint = Paint::stdout();
        say!("{} {}", paint.good("regenerated"), paint.name(&identity));
        for (label, member) in [("primary", "primaryKey"), ("secondary", "secondaryKey")] {
            let Some(key) = keys.get(member).and_then(Value::as_str) else {
                bail!("the hub's answer lacks {member}");
            };
            let key = SymmetricKey::from_base64(key).context("the hub's answer holds no key")?;
            let own = roost_model::ConnectionString::identity(
                client.host().clone(),
                identity.clone(),
                key,
            );
            say!("  {label:<12}{own}");
        }
        Ok(())
    }
}

impl Which {
    /// As the service writes it.
    fn policy(self) -> Value {
        json!(match self {
            Self::Primary => "primaryKey",
            Self::Secondary => "secondaryKey",
            Self::Both => "both",
            Self::Swap => "swap",
        })
    }
}
