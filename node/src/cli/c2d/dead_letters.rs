//! `roost c2d dead-letters`

use clap::Args;
use roost_model::DeviceId;

use super::show;
use crate::output::{Paint, Table, say, tell};
use crate::service::{ServiceClient, TargetArgs};

/// List, delete or send again the messages to a device that were given up
#[derive(Debug, Args)]
pub(super) struct DeadLettersArgs {
    /// The device
    #[arg(value_name = "DEVICE", value_parser = DeviceId::parse)]
    device: DeviceId,

    /// Print the dead letters as JSON, one a line
    #[arg(long)]
    json: bool,

    /// Put this one back into the queue
    #[arg(long, value_name = "NUMBER", conflicts_with_all = ["delete", "clear"])]
    resubmit: Option<u64>,

    /// Delete this one
    #[arg(long, value_name = "NUMBER", conflicts_with = "clear")]
    delete: Option<u64>,

    /// Delete all of them
    #[arg(long)]
    clear: bool,

    #[command(flatten)]
    target: TargetArgs,
}

impl DeadLettersArgs {
    pub(super) async fn execute(self) -> anyhow::Result<()> {
        let client = ServiceClient::new(&self.target.resolve()?)?;
        let paint = Paint::stdout();
        if let Some(number) = self.resubmit {
            client.resubmit_dead_letter(&self.device, number).await?;
            say!("{} dead letter {number}", paint.good("resubmitted"));
        } else if self.clear || self.delete.is_some() {
            client
                .delete_dead_letters(&self.device, self.delete)
                .await?;
            match self.delete {
                Some(number) => say!("{} dead letter {number}", paint.good("deleted")),
                None => say!("{} all dead letters", paint.good("deleted")),
            }
        } else {
            self.list(&client).await?;
        }
        Ok(())
    }

    async fn list(&self, client: &ServiceClient) -> anyhow::Result<()> {
        let mut table = Table::new(["number", "reason", "given up", "sent", "id", "body"]);
        let (mut after, mut count) = (None, 0);
        loop {
            let page = client.messages(&self.device, "deadletters", after).await?;
            after = show::last_sequence(&page);
            count += page.len();
            if page.is_empty() {
                break;
            }
            for letter in &page {
                if self.json {
                    say!("{letter}");
                    continue;
                }
                table.row([
                    show::text(letter, "sequenceNumber"),
                    show::text(letter, "reason"),
                    show::text(letter, "deadLetteredTimeUtc"),
                    show::text(letter, "enqueuedTimeUtc"),
                    show::message_id(letter),
                    show::body(letter),
                ]);
            }
        }
        if !self.json && count == 0 {
            say!("no message to {} was given up", self.device);
        } else if !self.json {
            tell!("{table}");
        }
        Ok(())
    }
}
