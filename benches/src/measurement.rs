use std::time::{Duration, Instant};

use hdrhistogram::Histogram;

/// Relative error of a recorded latency: three digits are exact.
const DIGITS: u8 = 3;

/// When load begins, when it counts, and when it ends.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Phases {
    /// Load begins.
    pub(crate) start: Instant,
    /// The first acknowledgement that counts.
    pub(crate) from: Instant,
    /// The last message is sent, and the last acknowledgement counts.
    pub(crate) until: Instant,
}

impl Phases {
    pub(crate) fn begin_now(warm_up: Duration, seconds: Duration) -> Self {
        let start = Instant::now();
        let from = start + warm_up;
        Self {
            start,
            from,
            until: from + seconds,
        }
    }
}

/// What one connection measures.
#[derive(Debug)]
pub(crate) struct Recorder {
    phases: Phases,
    measured: Measurement,
}

/// What all connections measured together.
#[derive(Debug)]
pub(crate) struct Measurement {
    /// Latencies of the acknowledgements that count, in microseconds.
    pub(crate) latency: Histogram<u64>,
    /// Acknowledgements from the beginning of the load to its very end.
    pub(crate) acked_in_all: u64,
    /// Connections that broke, with their reasons.
    pub(crate) errors: Vec<String>,
}

impl Recorder {
    pub(crate) fn new(phases: Phases) -> anyhow::Result<Self> {
        Ok(Self {
            phases,
            measured: Measurement::new()?,
        })
    }

    /// A message that was, or should have been, sent at `begin` is acknowledged now.
    pub(crate) fn acknowledged(&mut self, begin: Instant) {
        let now = Instant::now();
        self.measured.acked_in_all += 1;
        if (self.phases.from..self.phases.until).contains(&now) {
            let micros = u64::try_from(now.duration_since(begin).as_micros()).unwrap_or(u64::MAX);
            // It fails only for lack of room, and this histogram makes room for itself.
            let _ = self.measured.latency.record(micros);
        }
    }

    pub(crate) fn failed(&mut self, error: String) {
        self.measured.errors.push(error);
    }

    pub(crate) fn finish(self) -> Measurement {
        self.measured
    }
}

impl Measurement {
    pub(crate) fn new() -> anyhow::Result<Self> {
        let latency = Histogram::new(DIGITS)?;
        Ok(Self {
            latency,
            acked_in_all: 0,
            errors: Vec::new(),
        })
    }

    pub(crate) fn add(&mut self, other: Self) -> anyhow::Result<()> {
        self.latency.add(other.latency)?;
        self.acked_in_all += other.acked_in_all;
        self.errors.extend(other.errors);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_time_after_the_warm_up_counts() {
        let now = Instant::now();
        let hour = Duration::from_secs(3600);
        let early = Phases {
            start: now,
            from: now + hour,
            until: now + 2 * hour,
        };
        let mut recorder = Recorder::new(early).unwrap();
        recorder.acknowledged(now);
        let measured = recorder.finish();
        assert_eq!((measured.acked_in_all, measured.latency.len()), (1, 0));

        let mut recorder = Recorder::new(Phases::begin_now(Duration::ZERO, hour)).unwrap();
        recorder.acknowledged(now);
        let mut sum = Measurement::new().unwrap();
        sum.add(recorder.finish()).unwrap();
        assert_eq!((sum.acked_in_all, sum.latency.len()), (1, 1));
    }
}
