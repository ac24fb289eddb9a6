//! `roost device …`

mod connection_string;
mod create;
mod delete;
mod list;
mod regenerate_key;
mod show;

use clap::{Args, Subcommand};

const EXAMPLES: &str = "\
Examples:
  roost device create thermostat-1             prints the device's connection string
  roost device create d1 d2 d3 --disabled
  roost device list
  roost device show thermostat-1 --json
  roost device connection-string thermostat-1
  roost device regenerate-key thermostat-1 --key secondary
  roost device delete thermostat-1             cuts its connection, wherever it is";

/// Manage device identities
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct DeviceArgs {
    #[command(subcommand)]
    command: DeviceCommand,
}

#[derive(Debug, Subcommand)]
enum DeviceCommand {
    Create(create::CreateArgs),
    Show(show::ShowArgs),
    List(list::ListArgs),
    Delete(delete::DeleteArgs),
    ConnectionString(connection_string::ConnectionStringArgs),
    RegenerateKey(regenerate_key::RegenerateKeyArgs),
}

impl DeviceArgs {
    pub(super) async fn execute(self) -> anyhow::Result<()> {
        match self.command {
            DeviceCommand::Create(args) => args.execute().await,
            DeviceCommand::Show(args) => args.execute().await,
            DeviceCommand::List(args) => args.execute().await,
            DeviceCommand::Delete(args) => args.execute().await,
            DeviceCommand::ConnectionString(args) => args.execute().await,
            DeviceCommand::RegenerateKey(args) => args.execute().await,
        }
    }
}
