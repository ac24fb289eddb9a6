use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use tokio::process::Command;
use tokio::sync::OnceCell;

use crate::fixture::file;

static INTERPRETER: OnceCell<PathBuf> = OnceCell::const_new();

/// Runs a script of `tests/python` and gives what it printed.
///
/// # Errors
/// The script failed; the text holds what it said.
pub(crate) async fn run(script: &str, arguments: &[String]) -> anyhow::Result<String> {
    run_with(&file().ca, script, arguments).await
}

/// The same with another cluster's authority.
///
/// # Errors
/// As [`run`].
pub(crate) async fn run_with(
    ca: &Path,
    script: &str,
    arguments: &[String],
) -> anyhow::Result<String> {
    let python = INTERPRETER.get_or_try_init(interpreter).await?;
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/python")
        .join(script);
    let output = Command::new(python)
        .arg(path)
        .args(arguments)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        // The service SDK's HTTP library takes its trust from here.
        .env("REQUESTS_CA_BUNDLE", ca)
        // And uamqp, in which it sends messages, from here.
        .env("SSL_CERT_FILE", ca)
        .kill_on_drop(true)
        .output()
        .await?;
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    if !output.status.success() {
        let trouble = String::from_utf8_lossy(&output.stderr);
        bail!("{script} {}: {told}\n{trouble}", output.status);
    }
    Ok(told)
}

/// `ROOST_PYTHON`, or the environment that the project's script makes once.
async fn interpreter() -> anyhow::Result<PathBuf> {
    if let Some(path) = std::env::var_os("ROOST_PYTHON") {
        return Ok(path.into());
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/python-env.sh");
    let output = Command::new(&script)
        .output()
        .await
        .context("scripts/python-env.sh")?;
    if !output.status.success() {
        bail!(
            "scripts/python-env.sh: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(String::from_utf8(output.stdout)?.trim().into())
}
