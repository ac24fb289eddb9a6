//! What a node says about itself: log lines through `tracing`, numbers through `metrics`.

use std::io::{self, IsTerminal};

use anyhow::{Context, anyhow};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::config::{LogConfig, LogFormat};
use crate::output;

/// Upper bounds of every histogram in seconds: an fsync on a fast disk falls into the first ones, a
/// leader change into the last. Other histograms are summaries.
const LATENCY_BUCKETS: [f64; 16] = [
    0.000_1, 0.000_25, 0.000_5, 0.001, 0.002, 0.004, 0.008, 0.015, 0.03, 0.06, 0.125, 0.25, 0.5,
    1.0, 2.5, 10.0,
];

/// Starts logging to standard output, once per process. `RUST_LOG` wins over the configured filter.
///
/// # Errors
/// The filter is malformed, or logging has been started before.
pub(crate) fn start_logging(config: &LogConfig) -> anyhow::Result<()> {
    let filter = match std::env::var(EnvFilter::DEFAULT_ENV) {
        Ok(directives) if !directives.is_empty() => {
            EnvFilter::try_new(directives).context("RUST_LOG is malformed")?
        }
        _ => EnvFilter::try_new(&config.filter).context("log.filter is malformed")?,
    };
    let registry = tracing_subscriber::registry().with(filter);
    let started = match config.format {
        LogFormat::Text => registry
            .with(
                fmt::layer()
                    .with_writer(io::stdout)
                    .with_ansi(colours_on_stdout()),
            )
            .try_init(),
        LogFormat::Json => registry
            .with(
                fmt::layer()
                    .json()
                    .flatten_event(true)
                    .with_writer(io::stdout),
            )
            .try_init(),
    };
    started.map_err(|error| anyhow!("cannot start logging: {error}"))
}

/// Installs the recorder of all metrics; the handle renders them for `GET /metrics`.
///
/// # Errors
/// A recorder has been installed before.
pub(crate) fn start_metrics() -> anyhow::Result<PrometheusHandle> {
    PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &LATENCY_BUCKETS)
        .and_then(PrometheusBuilder::install_recorder)
        .context("cannot install the metrics recorder")
}

fn colours_on_stdout() -> bool {
    output::colours_wanted() && io::stdout().is_terminal()
}
