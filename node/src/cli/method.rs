//! `roost method …`

mod invoke;

use clap::{Args, Subcommand};

const EXAMPLES: &str = "\
Examples:
  roost method invoke thermostat-1 reboot
  roost method invoke thermostat-1 setInterval --payload '{\"seconds\":10}'
  roost method invoke gateway --module filter reset --connect-timeout 1m";

/// Call direct methods of devices and modules
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
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
