//! `roost c2d …`

mod dead_letters;
mod feedback;
mod list;
mod purge;
mod send;
mod show;

use clap::{Args, Subcommand};

const EXAMPLES: &str = "\
Examples:
  roost c2d send thermostat-1 \"heat\"               durable when it returns
  roost c2d send thermostat-1 --file cfg.json --property kind=config --expires-in 10m
  roost c2d send thermostat-1 \"heat\" --message-id 42 --ack full
  roost c2d feedback --wait 1m                     what became of messages sent with --ack
  roost c2d list thermostat-1                      what waits, without taking it
  roost c2d dead-letters thermostat-1              what was given up, and why
  roost c2d dead-letters thermostat-1 --resubmit 17
  roost c2d purge thermostat-1";

/// Send messages to devices, and see what becomes of them
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct C2dArgs {
    #[command(subcommand)]
    command: C2dCommand,
}

#[derive(Debug, Subcommand)]
enum C2dCommand {
    Send(send::SendArgs),
    List(list::ListArgs),
    Purge(purge::PurgeArgs),
    DeadLetters(dead_letters::DeadLettersArgs),
    Feedback(feedback::FeedbackArgs),
}

impl C2dArgs {
    pub(super) async fn execute(self) -> anyhow::Result<()> {
        match self.command {
            C2dCommand::Send(args) => args.execute().await,
            C2dCommand::List(args) => args.execute().await,
            C2dCommand::Purge(args) => args.execute().await,
            C2dCommand::DeadLetters(args) => args.execute().await,
            C2dCommand::Feedback(args) => args.execute().await,
        }
    }
}
