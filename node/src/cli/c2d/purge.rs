//! `roost c2d purge`

use clap::Args;
use roost_model::DeviceId;

use crate::output::{Paint, say};
use crate::service::{ServiceClient, TargetArgs};

/// Remove the messages that wait for a device; those that it holds stay
#[derive(Debug, Args)]
pub(super) struct PurgeArgs {
    /// The device
    #[arg(value_name = "DEVICE", value_parser = DeviceId::parse)]
    device: DeviceId,

    #[command(flatten)]
    target: TargetArgs,
}

impl PurgeArgs {
    pub(super) async fn execute(self) -> anyhow::Result<()> {
        let client = ServiceClient::new(&self.target.resolve()?)?;
        let purged = client.purge_messages(&self.device).await?;
        let paint = Paint::stdout();
        say!(
            "{} {} messages for {}",
            paint.good("purged"),
            purged.total_messages_purged,
            paint.name(&self.device)
        );
        Ok(())
    }
}
