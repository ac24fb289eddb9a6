//! `roost device delete`

use clap::Args;
use roost_model::DeviceId;

use crate::output::{Paint, say};
use crate::service::{ServiceClient, TargetArgs};

/// Delete devices with their modules; live connections are cut
#[derive(Debug, Args)]
pub(super) struct DeleteArgs {
    /// The devices
    #[arg(value_name = "DEVICE", required = true, value_parser = DeviceId::parse)]
    devices: Vec<DeviceId>,

    #[command(flatten)]
    target: TargetArgs,
}

impl DeleteArgs {
    pub(super) async fn execute(self) -> anyhow::Result<()> {
        let client = ServiceClient::new(&self.target.resolve()?)?;
        let paint = Paint::stdout();
        for device in &self.devices {
            client.delete_device(device).await?;
            say!("{} {}", paint.good("deleted"), paint.name(device));
        }
        Ok(())
    }
}
