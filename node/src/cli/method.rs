//! `roost method …`

mod invoke;

use clap::{Args, Subcommand};

/// Call direct methods of devices and modules
#[derive(Debug, Args)]
pub(super) struct MethodArgs {
    #[command(subcommand)]
    command: MethodCommand,
}

#[derive(Debug, Subcommand)]
enum MethodCommand {
    Invoke(invoke::InvokeArgs),
}

impl MethodArgs {
    pub(super) async fn execute(self) -> anyhow::Result<()> {
        match self.command {
            MethodCommand::Invoke(args) => args.execute().await,
        }
    }
}
