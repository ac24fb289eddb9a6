use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context;
use serde::Deserialize;

use super::{Patience, http, until};

const LIMIT: Duration = Duration::from_secs(5);

/// What a node's plain listener tells: readiness and numbers.
#[derive(Debug, Clone)]
pub struct Probes {
    http: reqwest::Client,
    base: String,
}

/// The answer of `/readyz`.
#[derive(Debug, Clone, Deserialize)]
pub struct Readiness {
    pub ready: bool,
    /// What the node waits for; nothing when it is ready.
    pub reasons: Vec<String>,
}

impl Probes {
    /// The listener at `address`.
    ///
    /// # Errors
    /// No HTTP client can be made.
    pub fn at(address: SocketAddr) -> anyhow::Result<Self> {
        let http = http::builder().timeout(LIMIT).build()?;
        let base = format!("http://{address}");
        Ok(Self { http, base })
    }

    /// Whether the node serves.
    ///
    /// # Errors
    /// The listener does not answer.
    pub async fn readiness(&self) -> anyhow::Result<Readiness> {
        let url = format!("{}/readyz", self.base);
        Ok(self.http.get(url).send().await?.json().await?)
    }

    /// Waits until the node serves.
    ///
    /// # Errors
    /// It does not in time.
    pub async fn until_ready(&self, patience: Patience) -> anyhow::Result<()> {
        until("a node that serves", patience, async || {
            let told = self.readiness().await.map_err(|error| error.to_string())?;
            match told.ready {
                true => Ok(()),
                false => Err(format!("{:?}", told.reasons)),
            }
        })
        .await
    }

    /// A metric without labels; zero before something was counted under its name.
    ///
    /// # Errors
    /// The listener does not answer, or with something else than numbers.
    pub async fn metric(&self, name: &str) -> anyhow::Result<f64> {
        let url = format!("{}/metrics", self.base);
        let text = self.http.get(url).send().await?.text().await?;
        let line = text.lines().find_map(|line| {
            let value = line.strip_prefix(name)?.strip_prefix(' ')?;
            Some(value.trim())
        });
        line.map_or(Ok(0.0), |value| {
            value.parse().with_context(|| name.to_owned())
        })
    }
}
