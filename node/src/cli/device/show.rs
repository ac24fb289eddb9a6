//! `roost device show`

use clap::Args;

use crate::cli::identity::IdentityArgs;
use crate::output::{Paint, say};
use crate::service::{KeyKind, ServiceClient, TargetArgs};

/// Show a device or module
#[derive(Debug, Args)]
pub(super) struct ShowArgs {
    #[command(flatten)]
    identity: IdentityArgs,

    /// Print the whole identity as JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    target: TargetArgs,
}

impl ShowArgs {
    pub(super) async fn execute(self) -> anyhow::Result<()> {
        let client = ServiceClient::new(&self.target.resolve()?)?;
        let identity = self.identity.identity();
        let device = client.identity(&identity).await?;
        if self.json {
            say!("{}", serde_json::to_string_pretty(&device.document)?);
            return Ok(());
        }
        let paint = Paint::stdout();
        say!("{}", paint.strong(&identity));
        for (label, text) in [
            ("status", device.text("status")),
            ("reason", device.text("statusReason")),
            ("connection", device.text("connectionState")),
            ("last activity", device.text("lastActivityTime")),
            ("authentication", device.authentication()),
            ("generation", device.text("generationId")),
            ("etag", device.text("etag")),
        ] {
            if !text.is_empty() {
                say!("  {label:<16}{text}");
            }
        }
        for (label, kind) in [
            ("primary", KeyKind::Primary),
            ("secondary", KeyKind::Secondary),
        ] {
            if let Some(own) = device.connection_string(client.host(), &identity, kind)? {
                say!("  {label:<16}{own}");
            }
        }
        Ok(())
    }
}
