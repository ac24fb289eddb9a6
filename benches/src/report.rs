use std::fmt;
use std::time::Duration;

use serde::Serialize;

use crate::measurement::Measurement;
use crate::options::Run;

/// What a run found; one line of JSON, or a table.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    label: String,
    connections: usize,
    window: usize,
    /// Bytes of a message.
    size: usize,
    /// Wanted messages per second; null for as many as the window allows.
    rate: Option<u32>,
    /// Time for all connections to stand.
    connect_seconds: f64,
    /// Length of the measurement.
    seconds: f64,
    /// Acknowledged messages during the measurement.
    acked: u64,
    acked_per_second: f64,
    /// Acknowledged messages from the first to the last, warm-up included.
    acked_in_all: u64,
    /// From the sending, or from when it was due, to PUBACK.
    p50_us: u64,
    p99_us: u64,
    max_us: u64,
    /// What the durable subscriber received, if there was one.
    delivered: Option<u64>,
    errors: usize,
    first_error: Option<String>,
}

impl Report {
    pub(crate) fn new(
        run: &Run,
        connections: usize,
        rate: Option<u32>,
        measured: &Measurement,
        connecting: Duration,
        delivered: Option<u64>,
    ) -> Self {
        let seconds = run.seconds.as_secs_f64();
        let acked = measured.latency.len();
        #[expect(clippy::cast_precision_loss, reason = "far below 2^52 messages")]
        let acked_per_second = acked as f64 / seconds;
        Self {
            label: run.label.clone(),
            connections,
            window: run.window,
            size: run.size,
            rate,
            connect_seconds: connecting.as_secs_f64(),
            seconds,
            acked,
            acked_per_second,
            acked_in_all: measured.acked_in_all,
            p50_us: measured.latency.value_at_quantile(0.50),
            p99_us: measured.latency.value_at_quantile(0.99),
            max_us: measured.latency.max(),
            delivered,
            errors: measured.errors.len(),
            first_error: measured.errors.first().cloned(),
        }
    }

    /// As one line of JSON, or as a table.
    ///
    /// # Errors
    /// A number cannot be written as JSON.
    pub(crate) fn print(&self, json: bool) -> anyhow::Result<()> {
        if json {
            println!("{}", serde_json::to_string(self)?);
        } else {
            println!("{self}");
        }
        Ok(())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut row = |name: &str, value: String| writeln!(f, "{name:<24}{value:>16}");
        if !self.label.is_empty() {
            row("", self.label.clone())?;
        }
        row("connections", self.connections.to_string())?;
        match self.rate {
            None => row("window", self.window.to_string())?,
            Some(rate) => row("wanted msg/s", rate.to_string())?,
        }
        row("bytes", self.size.to_string())?;
        row("connected within s", format!("{:.2}", self.connect_seconds))?;
        row("acked", self.acked.to_string())?;
        row("acked msg/s", format!("{:.0}", self.acked_per_second))?;
        for (name, micros) in [
            ("p50 ms", self.p50_us),
            ("p99 ms", self.p99_us),
            ("max ms", self.max_us),
        ] {
            row(
                name,
                format!("{:.2}", Duration::from_micros(micros).as_secs_f64() * 1e3),
            )?;
        }
        if let Some(delivered) = self.delivered {
            row("delivered", delivered.to_string())?;
        }
        row("errors", self.errors.to_string())?;
        write!(f, "{}", self.first_error.as_deref().unwrap_or_default())
    }
}
