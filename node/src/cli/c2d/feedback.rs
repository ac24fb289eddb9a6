//! `roost c2d feedback`

use std::time::{Duration, Instant};

use clap::Args;

use super::show;
use crate::cli::duration;
use crate::output::{Paint, say};
use crate::service::{ServiceClient, TargetArgs};

/// Between two looks when there is nothing.
const PAUSE: Duration = Duration::from_secs(1);

/// Print what became of messages that were sent with --ack; what was printed is done with
#[derive(Debug, Args)]
pub(super) struct FeedbackArgs {
    /// How long to wait for more; feedback is ready 15 seconds after it came about
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "0s")]
    wait: Duration,

    /// Print the records as JSON, one a line
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    target: TargetArgs,
}

impl FeedbackArgs {
    pub(super) async fn execute(self) -> anyhow::Result<()> {
        let client = ServiceClient::new(&self.target.resolve()?)?;
        let (began, mut count) = (Instant::now(), 0);
        loop {
            if let Some(batch) = client.receive_feedback().await? {
                for record in &batch.records {
                    self.print(record);
                }
                count += batch.records.len();
                client.complete_feedback(&batch.lock).await?;
            } else if began.elapsed() >= self.wait {
                break;
            } else {
                tokio::time::sleep(PAUSE).await;
            }
        }
        if count == 0 && !self.json {
            say!("there is no feedback yet");
        }
        Ok(())
    }

    fn print(&self, record: &serde_json::Value) {
        if self.json {
            say!("{record}");
            return;
        }
        let paint = Paint::stdout();
        let status = show::text(record, "statusCode");
        let device = show::text(record, "deviceId");
        let id = show::text(record, "originalMessageId");
        let at = show::text(record, "enqueuedTimeUtc");
        let status = if status == "Success" {
            paint.good(status)
        } else {
            paint.bad(status)
        };
        say!("{at}  {status}  {}  {id}", paint.name(device));
    }
}
