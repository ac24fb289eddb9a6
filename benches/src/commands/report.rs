use std::fmt;
use std::time::Duration;

use hdrhistogram::Histogram;
use serde::Serialize;

use super::Measured;
use crate::options::Commands;

/// What a run found; one line of JSON, or a table.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    label: String,
    devices: usize,
    window: usize,
    /// Bytes of a message.
    size: usize,
    /// Length of the measurement.
    seconds: f64,
    /// Messages that devices received during the measurement.
    delivered: u64,
    delivered_per_second: f64,
    /// Messages that devices received from the first to the last, warm-up included.
    delivered_in_all: u64,
    /// From the request to its answer.
    stored_p50_us: u64,
    stored_p99_us: u64,
    /// From the request until the device has the message.
    delivered_p50_us: u64,
    delivered_p99_us: u64,
    /// Messages in queues at the end; 0 when everything that was delivered was completed.
    left: u64,
    errors: usize,
    first_error: Option<String>,
}

impl Report {
    pub(super) fn new(options: &Commands, measured: &Measured, left: u64) -> Self {
        let Measured { stored, delivered } = measured;
        let seconds = options.seconds.as_secs_f64();
        let count = delivered.latency.len();
        #[expect(clippy::cast_precision_loss, reason = "far below 2^52 messages")]
        let delivered_per_second = count as f64 / seconds;
        let quantile = |latency: &Histogram<u64>, at| latency.value_at_quantile(at);
        let errors = || stored.errors.iter().chain(&delivered.errors);
        Self {
            label: options.label.clone(),
            devices: options.devices,
            window: options.window,
            size: options.size,
            seconds,
            delivered: count,
            delivered_per_second,
            delivered_in_all: delivered.acked_in_all,
            stored_p50_us: quantile(&stored.latency, 0.50),
            stored_p99_us: quantile(&stored.latency, 0.99),
            delivered_p50_us: quantile(&delivered.latency, 0.50),
            delivered_p99_us: quantile(&delivered.latency, 0.99),
            left,
            errors: errors().count(),
            first_error: errors().next().cloned(),
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut row = |name: &str, value: String| writeln!(f, "{name:<24}{value:>16}");
        if !self.label.is_empty() {
            row("", self.label.clone())?;
        }
        row("devices", self.devices.to_string())?;
        row("window", self.window.to_string())?;
        row("bytes", self.size.to_string())?;
        row("delivered", self.delivered.to_string())?;
        row(
            "delivered msg/s",
            format!("{:.0}", self.delivered_per_second),
        )?;
        for (name, micros) in [
            ("stored p50 ms", self.stored_p50_us),
            ("stored p99 ms", self.stored_p99_us),
            ("delivered p50 ms", self.delivered_p50_us),
            ("delivered p99 ms", self.delivered_p99_us),
        ] {
            let millis = Duration::from_micros(micros).as_secs_f64() * 1e3;
            row(name, format!("{millis:.2}"))?;
        }
        row("not completed", self.left.to_string())?;
        row("errors", self.errors.to_string())?;
        write!(f, "{}", self.first_error.as_deref().unwrap_or_default())
    }
}
