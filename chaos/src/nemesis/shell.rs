//! The commands of the machine that make networks and disks.

use std::process::Command;

use anyhow::{Context, bail};

/// Runs a command to its end and gives what it printed.
///
/// # Errors
/// It cannot be started, or fails; the text holds what it said.
pub(super) fn run(words: &[&str]) -> anyhow::Result<String> {
    let (program, arguments) = words.split_first().context("an empty command")?;
    let output = Command::new(program)
        .args(arguments)
        .output()
        .with_context(|| format!("cannot start {program}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        bail!("`{}`: {}", words.join(" "), said.trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
