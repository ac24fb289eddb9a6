//! Waiting until a node says that it serves.

use std::time::Duration;

use super::nodes::DevNode;

/// Time between two questions.
const INTERVAL: Duration = Duration::from_millis(25);

/// Longest time for one answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(2);

/// Asks nodes whether they are ready.
#[derive(Debug, Clone)]
pub(super) struct Readiness {
    client: reqwest::Client,
}

impl Readiness {
    /// # Errors
    /// The client cannot be built.
    pub(super) fn new() -> Result<Self, reqwest::Error> {
        let client = reqwest::Client::builder().timeout(ANSWER_TIMEOUT).build()?;
        Ok(Self { client })
    }

    /// Resolves when `GET /readyz` of the node answers with success; `last` always holds the latest
    /// other answer, for the case that the caller runs out of patience.
    pub(super) async fn wait(&self, node: &DevNode, last: &mut String) {
        let mut tick = tokio::time::interval(INTERVAL);
        loop {
            tick.tick().await;
            match self.client.get(node.readiness_url()).send().await {
                Ok(answer) if answer.status().is_success() => return,
                Ok(answer) => {
                    let status = answer.status();
                    let body = answer.text().await.unwrap_or_default();
                    *last = format!("{status}: {}", body.trim());
                }
                Err(error) if error.is_connect() => {
                    "it does not listen yet".clone_into(last);
                }
                Err(error) => *last = error.to_string(),
            }
        }
    }
}
