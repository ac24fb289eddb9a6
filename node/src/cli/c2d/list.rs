//! `roost c2d list`

use clap::Args;
use roost_model::DeviceId;

use super::show;
use crate::output::{Table, say, tell};
use crate::service::{ServiceClient, TargetArgs};

/// List the messages that wait for a device; they stay where they are
#[derive(Debug, Args)]
pub(super) struct ListArgs {
    /// The device
    #[arg(value_name = "DEVICE", value_parser = DeviceId::parse)]
    device: DeviceId,

    /// Print the messages as JSON, one a line
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    target: TargetArgs,
}

impl ListArgs {
    pub(super) async fn execute(self) -> anyhow::Result<()> {
        let client = ServiceClient::new(&self.target.resolve()?)?;
        let mut table = Table::new(["number", "sent", "expires", "abandoned", "id", "body"]);
        let (mut after, mut count) = (None, 0);
        loop {
            let page = client.messages(&self.device, "queue", after).await?;
            after = show::last_sequence(&page);
            count += page.len();
            if page.is_empty() {
                break;
            }
            for message in &page {
                if self.json {
                    say!("{message}");
                    continue;
                }
                table.row([
                    show::text(message, "sequenceNumber"),
                    show::text(message, "enqueuedTimeUtc"),
                    show::text(message, "expiryTimeUtc"),
                    show::text(message, "deliveryCount"),
                    show::message_id(message),
                    show::body(message),
                ]);
            }
        }
        if !self.json && count == 0 {
            say!("no message waits for {}", self.device);
        } else if !self.json {
            tell!("{table}");
        }
        Ok(())
    }
}
