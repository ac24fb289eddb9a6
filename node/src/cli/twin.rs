//! `roost twin …`

mod print;
mod show;
mod update;

use clap::{Args, Subcommand};

const EXAMPLES: &str = "\
Examples:
  roost twin show thermostat-1
  roost twin update thermostat-1 --desired '{\"interval\":10}'
  roost twin update thermostat-1 --tags '{\"floor\":3}'  other tags stay as they are";

/// Read and change twins of devices and modules
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct TwinArgs {
    #[command(subcommand)]
    command: TwinCommand,
}

#[derive(Debug, Subcommand)]
enum TwinCommand {
    Show(show::ShowArgs),
    Update(update::UpdateArgs),
}

impl TwinArgs {
    pub(super) async fn execute(self) -> anyhow::Result<()> {
        match self.command {
            TwinCommand::Show(args) => args.execute().await,
            TwinCommand::Update(args) => args.execute().await,
        }
    }
}
