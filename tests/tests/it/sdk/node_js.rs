use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use tokio::process::Command;
use tokio::sync::OnceCell;

use crate::fixture::file;

static MODULES: OnceCell<PathBuf> = OnceCell::const_new();

/// Runs a script of `tests/node`, which says `ok` when its story came true.
///
/// # Errors
/// The script failed; the text holds what it said.
pub(crate) async fn run(script: &str, arguments: &[(&str, &str)]) -> anyhow::Result<()> {
    let modules = MODULES.get_or_try_init(modules).await?;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/node");
    let arguments = arguments
        .iter()
        .flat_map(|(name, value)| [format!("--{name}"), (*value).to_owned()]);
    let output = Command::new("node")
        // About server names in TLS that are addresses.
        .arg("--no-deprecation")
        .arg(folder.join(script))
        .args(arguments)
        .arg("--ca")
        .arg(&file().ca)
        .env("NODE_PATH", modules)
        .env("NODE_EXTRA_CA_CERTS", &file().ca)
        .kill_on_drop(true)
        .output()
        .await
        .context("node")?;
    let told = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() || told.lines().last() != Some("ok") {
        let trouble = String::from_utf8_lossy(&output.stderr);
        bail!("{script} {}: {told}\n{trouble}", output.status);
    }
    Ok(())
}

/// `ROOST_NODE_PATH`, or what the project's script installs once.
async fn modules() -> anyhow::Result<PathBuf> {
    if let Some(path) = std::env::var_os("ROOST_NODE_PATH") {
        return Ok(path.into());
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/node-env.sh");
    let output = Command::new(&script)
        .output()
        .await
        .context("scripts/node-env.sh")?;
    if !output.status.success() {
        bail!(
            "scripts/node-env.sh: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(String::from_utf8(output.stdout)?.trim().into())
}
