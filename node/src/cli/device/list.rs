//! `roost device list`

use clap::Args;

use crate::output::{Table, say, tell};
use crate::service::{ServiceClient, TargetArgs};

/// Most devices that one call of the service gives (identity registry, "List identities").
const MOST: u16 = 1000;

/// List devices
#[derive(Debug, Args)]
pub(super) struct ListArgs {
    /// At most so many
    #[arg(long, default_value_t = MOST, value_parser = clap::value_parser!(u16).range(1..=i64::from(MOST)))]
    top: u16,

    /// Print the identities as JSON, one a line
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    target: TargetArgs,
}

impl ListArgs {
    pub(super) async fn execute(self) -> anyhow::Result<()> {
        let client = ServiceClient::new(&self.target.resolve()?)?;
        let devices = client.devices(self.top).await?;
        if self.json {
            for device in &devices {
                say!("{}", device.document);
            }
            return Ok(());
        }
        if devices.is_empty() {
            say!("there are no devices; `roost device create NAME` makes one");
            return Ok(());
        }
        let mut table = Table::new([
            "device",
            "status",
            "connection",
            "authentication",
            "last activity",
        ]);
        for device in &devices {
            table.row([
                device.text("deviceId").to_owned(),
                device.text("status").to_owned(),
                device.text("connectionState").to_owned(),
                device.authentication().to_owned(),
                device.text("lastActivityTime").to_owned(),
            ]);
        }
        tell!("{table}");
        if devices.len() >= usize::from(self.top) {
            say!("(the first {})", self.top);
        }
        Ok(())
    }
}
