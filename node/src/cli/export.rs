//! `roost export`

use std::path::PathBuf;

use clap::Args;

use crate::output::{Paint, say};
use crate::service::{ServiceClient, TargetArgs};
use crate::transfer;

const EXAMPLES: &str = "\
Examples:
  roost export devices.txt
  roost export devices.txt --exclude-keys

The file has one JSON document a line, as exports of Azure IoT hubs have them, and holds the keys of
all devices unless they are excluded: it is readable by its owner only.";

/// Write all devices and modules to a file
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct ExportArgs {
    /// The file to be written; one that is there is replaced
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// Leave out keys and thumbprints
    #[arg(long)]
    exclude_keys: bool,

    #[command(flatten)]
    target: TargetArgs,
}

impl ExportArgs {
    pub(super) async fn execute(self) -> anyhow::Result<()> {
        let client = ServiceClient::new(&self.target.resolve()?)?;
        let exported = transfer::export(&client, &self.file, self.exclude_keys).await?;
        say!(
            "{} {} devices and modules to {}",
            Paint::stdout().good("exported"),
            exported.lines,
            self.file.display()
        );
        Ok(())
    }
}
