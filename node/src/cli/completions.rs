//! `roost completions`

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use crate::output::tell;

const EXAMPLES: &str = "\
Examples:
  roost completions bash > ~/.local/share/bash-completion/completions/roost
  roost completions zsh > ~/.zfunc/_roost
  roost completions fish > ~/.config/fish/completions/roost.fish";

/// Print the completions of a shell
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct CompletionsArgs {
    shell: Shell,
}

impl CompletionsArgs {
    pub(super) fn execute(self) -> anyhow::Result<()> {
        let mut command = super::Cli::command();
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut command, "roost", &mut script);
        tell!("{}", String::from_utf8_lossy(&script));
        Ok(())
    }
}
