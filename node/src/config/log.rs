//! What a node writes about itself, and how.

use serde::{Deserialize, Serialize};
use tracing_subscriber::EnvFilter;

use super::ConfigError;

/// `[log]`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct LogConfig {
    pub(crate) format: LogFormat,
    /// Directives as in `RUST_LOG`: `info`, `warn,roost_mqtt=debug`.
    pub(crate) filter: String,
}

/// How a log line looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogFormat {
    /// For people; coloured when the output is a terminal.
    Text,
    /// One JSON object per line.
    Json,
}

/// What the libraries underneath say about themselves at `info` helps nobody who runs a hub.
const FILTER: &str =
    "info,openraft=error,actix_server=warn,ntex_rt=warn,ntex_server=warn,ntex_io=warn";

impl Default for LogConfig {
    fn default() -> Self {
        Self {
            format: LogFormat::Text,
            filter: FILTER.to_owned(),
        }
    }
}

impl LogConfig {
    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        match EnvFilter::try_new(&self.filter) {
            Ok(_) => Ok(()),
            Err(error) => Err(ConfigError::invalid("log.filter", error.to_string())),
        }
    }
}
