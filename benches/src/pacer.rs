use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use crate::measurement::Phases;

/// Shortest sleep. The timers of the asynchronous runtime tick in milliseconds, which would add as much
/// to every latency; a thread wakes up ten times as exactly.
const SLICE: Duration = Duration::from_micros(100);
/// Messages that one connection may be late; more means that the rate cannot be kept.
const BACKLOG: usize = 65_536;

/// A thread that says which connection has to send when: `rate` messages per second in all, each
/// connection in turn.
#[derive(Debug)]
pub(crate) struct Pacer {
    thread: thread::JoinHandle<u64>,
}

impl Pacer {
    /// Starts the thread and gives every connection the moments at which it has to send.
    pub(crate) fn start(
        connections: usize,
        rate: u32,
        phases: Phases,
    ) -> (Self, Vec<mpsc::Receiver<Instant>>) {
        let channels = (0..connections).map(|_| mpsc::channel(BACKLOG));
        let (senders, receivers): (Vec<_>, Vec<_>) = channels.unzip();
        let thread = thread::spawn(move || pace(&senders, rate, phases));
        (Self { thread }, receivers)
    }

    /// Waits for the end of the load and gives the number of messages that were never sent, because
    /// their connection was too far behind.
    pub(crate) fn finish(self) -> u64 {
        self.thread.join().unwrap_or(u64::MAX)
    }
}

fn pace(senders: &[mpsc::Sender<Instant>], rate: u32, phases: Phases) -> u64 {
    let mut skipped = 0;
    let mut connections = senders.iter().cycle();
    for number in 0u64.. {
        let due = phases.start + Duration::from_nanos(number * 1_000_000_000 / u64::from(rate));
        if due >= phases.until {
            break;
        }
        let ahead = due.saturating_duration_since(Instant::now());
        if !ahead.is_zero() {
            thread::sleep(ahead.max(SLICE));
        }
        let sent = connections
            .next()
            .is_some_and(|sender| sender.try_send(due).is_ok());
        skipped += u64::from(!sent);
    }
    skipped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_connection_is_told_its_moments_in_turn() {
        let phases = Phases::begin_now(Duration::ZERO, Duration::from_millis(50));
        let (pacer, receivers) = Pacer::start(2, 1000, phases);
        assert_eq!(pacer.finish(), 0);
        let told: Vec<Vec<Instant>> = receivers
            .into_iter()
            .map(|mut receiver| std::iter::from_fn(|| receiver.try_recv().ok()).collect())
            .collect();
        assert_eq!((told[0].len(), told[1].len()), (25, 25));
        assert_eq!(told[1][0] - told[0][0], Duration::from_millis(1));
        assert_eq!(told[0][1] - told[0][0], Duration::from_millis(2));
    }
}
