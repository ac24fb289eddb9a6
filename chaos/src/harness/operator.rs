use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::{Context, bail};
use tokio::process::Command;

/// An operator at a shell: `roost cluster …` against one node.
#[derive(Debug, Clone)]
pub struct Operator {
    pub(super) binary: PathBuf,
    pub(super) connection_string: String,
    pub(super) ca: PathBuf,
    /// The node that is talked to.
    pub(super) via: SocketAddr,
}

impl Operator {
    /// `roost cluster join`
    ///
    /// # Errors
    /// The command fails; the text holds what it printed.
    pub async fn join(&self, id: u64, address: SocketAddr) -> anyhow::Result<()> {
        let (id, address) = (id.to_string(), address.to_string());
        self.cluster(&["join", "--id", &id, "--address", &address])
            .await?;
        Ok(())
    }

    /// `roost cluster remove`
    ///
    /// # Errors
    /// As for [`Operator::join`].
    pub async fn remove(&self, id: u64) -> anyhow::Result<()> {
        self.cluster(&["remove", "--id", &id.to_string()]).await?;
        Ok(())
    }

    /// What `roost cluster status` prints.
    ///
    /// # Errors
    /// As for [`Operator::join`].
    pub async fn status(&self) -> anyhow::Result<String> {
        self.cluster(&["status"]).await
    }

    async fn cluster(&self, arguments: &[&str]) -> anyhow::Result<String> {
        let output = Command::new(&self.binary)
            .arg("cluster")
            .args(arguments)
            .args(["--via", &self.via.to_string()])
            .env("ROOST_CONNECTION_STRING", &self.connection_string)
            .env("ROOST_CA", &self.ca)
            .output()
            .await
            .context("cannot start roost cluster")?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            bail!(
                "roost cluster {arguments:?} ended with {}: {said}",
                output.status
            );
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}
