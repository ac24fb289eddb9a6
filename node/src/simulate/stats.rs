//! What happened, counted while it happens.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use hdrhistogram::Histogram;
use serde::Serialize;

use super::Plan;

/// Counters of all devices.
#[derive(Debug)]
pub(super) struct Stats {
    connected: AtomicU64,
    sent: AtomicU64,
    acknowledged: AtomicU64,
    reconnects: AtomicU64,
    resent: AtomicU64,
    /// Microseconds from when a message was due to its acknowledgement.
    latency: Mutex<Histogram<u64>>,
}

impl Default for Stats {
    fn default() -> Self {
        Self {
            connected: AtomicU64::new(0),
            sent: AtomicU64::new(0),
            acknowledged: AtomicU64::new(0),
            reconnects: AtomicU64::new(0),
            resent: AtomicU64::new(0),
            latency: Mutex::new(histogram()),
        }
    }
}

/// Up to an hour, of which three digits are exact; longer waits count as an hour.
fn histogram() -> Histogram<u64> {
    Histogram::new_with_max(3_600_000_000, 3).expect("these bounds are valid")
}

impl Stats {
    pub(super) fn connected(&self) -> u64 {
        self.connected.load(Ordering::Relaxed)
    }

    pub(super) fn acknowledged(&self) -> u64 {
        self.acknowledged.load(Ordering::Relaxed)
    }

    pub(super) fn device_connected(&self) {
        self.connected.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn device_disconnected(&self) {
        self.connected.fetch_sub(1, Ordering::Relaxed);
    }

    pub(super) fn connection_lost(&self) {
        self.reconnects.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn message_sent(&self) {
        self.sent.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn message_resent(&self) {
        self.resent.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn message_acknowledged(&self, after: Duration) {
        self.acknowledged.fetch_add(1, Ordering::Relaxed);
        let microseconds = u64::try_from(after.as_micros()).unwrap_or(u64::MAX);
        let mut latency = self.latency.lock().unwrap_or_else(PoisonError::into_inner);
        latency.saturating_record(microseconds);
    }

    pub(super) fn summary(&self, plan: &Plan, took: Duration) -> Summary {
        let latency = self.latency.lock().unwrap_or_else(PoisonError::into_inner);
        let milliseconds = |microseconds: u64| microseconds as f64 / 1000.0;
        let acknowledged = self.acknowledged();
        Summary {
            devices: plan.devices,
            size: plan.size,
            seconds: took.as_secs_f64(),
            sent: self.sent.load(Ordering::Relaxed),
            acknowledged,
            acknowledged_per_second: acknowledged as f64 / took.as_secs_f64().max(0.001),
            p50_ms: milliseconds(latency.value_at_quantile(0.5)),
            p90_ms: milliseconds(latency.value_at_quantile(0.9)),
            p99_ms: milliseconds(latency.value_at_quantile(0.99)),
            max_ms: milliseconds(latency.max()),
            reconnects: self.reconnects.load(Ordering::Relaxed),
            resent: self.resent.load(Ordering::Relaxed),
        }
    }
}

/// How a simulation went.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Summary {
    devices: u32,
    size: usize,
    seconds: f64,
    sent: u64,
    acknowledged: u64,
    acknowledged_per_second: f64,
    p50_ms: f64,
    p90_ms: f64,
    p99_ms: f64,
    max_ms: f64,
    reconnects: u64,
    resent: u64,
}

impl Summary {
    /// Messages that were sent and never acknowledged.
    pub(crate) fn unacknowledged(&self) -> u64 {
        self.sent.saturating_sub(self.acknowledged)
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "sent          {} messages of {} B by {} devices in {:.1} s",
            self.sent, self.size, self.devices, self.seconds
        )?;
        writeln!(
            f,
            "acknowledged  {}  ({:.0} msg/s)",
            self.acknowledged, self.acknowledged_per_second
        )?;
        writeln!(
            f,
            "latency       p50 {:.2} ms  p90 {:.2} ms  p99 {:.2} ms  max {:.2} ms",
            self.p50_ms, self.p90_ms, self.p99_ms, self.max_ms
        )?;
        if self.reconnects > 0 {
            writeln!(
                f,
                "connections   lost and made again {} times, {} messages sent again",
                self.reconnects, self.resent
            )?;
        }
        if self.unacknowledged() > 0 {
            writeln!(
                f,
                "unknown       {} messages were not acknowledged",
                self.unacknowledged()
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_counts_what_happened() {
        let stats = Stats::default();
        for milliseconds in 1..=100 {
            stats.message_sent();
            stats.message_acknowledged(Duration::from_millis(milliseconds));
        }
        stats.message_sent();
        stats.connection_lost();
        let plan = Plan {
            devices: 2,
            prefix: String::new(),
            rate: None,
            size: 256,
            duration: None,
            window: 1,
            port: 8883,
            cleanup: false,
        };
        let text = stats.summary(&plan, Duration::from_secs(10)).to_string();
        for part in [
            "101 messages of 256 B",
            "100  (10 msg/s)",
            "p50 50.",
            "lost and made again 1",
            "1 messages were not",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }
}
