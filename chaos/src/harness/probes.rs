use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context;
use reqwest::header::DATE;
use serde::Deserialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

use super::{Patience, http, now, until};

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

    /// By how many seconds the node's clock is ahead of this machine's; negative for behind.
    ///
    /// # Errors
    /// The listener does not answer, or with something else than a date.
    pub async fn clock_ahead(&self) -> anyhow::Result<i64> {
        let answer = self
            .http
            .get(format!("{}/readyz", self.base))
            .send()
            .await?;
        let date = answer
            .headers()
            .get(DATE)
            .context("an answer without a date")?;
        let told = OffsetDateTime::parse(date.to_str()?, &Rfc2822)?;
        let here = i64::try_from(now().0 / 1000)?;
        Ok(told.unix_timestamp() - here)
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
