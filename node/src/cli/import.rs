//! `roost import`

use std::path::PathBuf;

use anyhow::bail;
use clap::Args;

use crate::output::{Paint, say};
use crate::service::{ServiceClient, TargetArgs};
use crate::transfer::{Import, Imported};

const EXAMPLES: &str = "\
Examples:
  roost import devices.txt
  roost import devices.txt --errors failed.txt
  roost import devices.txt --first-line 250001     go on where an import was interrupted

The file is what an export of an Azure IoT hub gives: one JSON document a line, each a device or a
module, with an importMode if it is to be anything but createOrUpdate.";

/// Create, change or delete devices as the lines of a file say
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct ImportArgs {
    /// The file, as an export writes it
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// Where to write the lines that failed, and why [default: FILE.errors]
    #[arg(long, value_name = "FILE")]
    errors: Option<PathBuf>,

    /// Begin at this line
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..))]
    first_line: u64,

    #[command(flatten)]
    target: TargetArgs,
}

impl ImportArgs {
    pub(super) async fn execute(self) -> anyhow::Result<()> {
        let client = ServiceClient::new(&self.target.resolve()?)?;
        let errors = self.errors.unwrap_or_else(|| {
            let mut path = self.file.as_os_str().to_owned();
            path.push(".errors");
            path.into()
        });
        let import = Import::new(client, &self.file, &errors, self.first_line);
        let Imported {
            lines,
            failed,
            unlisted,
        } = import.run().await?;
        if failed + unlisted > 0 {
            let told = errors.display();
            bail!(
                "{} of {lines} lines failed; {told} says which and why",
                failed + unlisted
            );
        }
        say!("{} {lines} lines", Paint::stdout().good("imported"));
        Ok(())
    }
}
