//! `roost twin …`

mod print;
mod show;
mod update;

use clap::{Args, Subcommand};

/// Read and change twins of devices and modules
#[derive(Debug, Args)]
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
