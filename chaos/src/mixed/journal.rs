//! What somebody asked for, and what is known of its outcome.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::{Mutex, MutexGuard};
use tokio::time::Instant;

/// Why a request was refused that no node took: the one that was asked is down.
pub(super) const NOT_SENT: &str = "NotSent";

/// How an attempt ended, as far as the one who made it can know.
#[derive(Debug, Clone)]
pub(super) enum Outcome<A> {
    /// It was done, and the hub said this.
    Acked(A),
    /// It was not done, by the name of the error.
    Refused(String),
    /// It may have been done or not, or may still be.
    Unknown(String),
}

/// One attempt.
#[derive(Debug)]
pub(super) struct Attempt<Q, A> {
    pub(super) asked: Q,
    pub(super) begun: Instant,
    pub(super) ended: Instant,
    pub(super) outcome: Outcome<A>,
}

/// The attempts of one who makes one at a time, in their order.
#[derive(Debug)]
pub(super) struct Journal<Q, A> {
    attempts: Mutex<Vec<Attempt<Q, A>>>,
    acked: AtomicU64,
}

/// Attempts counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    pub attempts: u64,
    pub acked: u64,
    /// Answered that nothing was done.
    pub refused: u64,
    /// May have been done or not.
    pub unknown: u64,
    /// The longest time without an answer for one who attempts one thing after the other.
    pub stall: Duration,
}

impl<Q, A> Default for Journal<Q, A> {
    fn default() -> Self {
        Self {
            attempts: Mutex::default(),
            acked: AtomicU64::new(0),
        }
    }
}

impl<Q, A> Journal<Q, A> {
    /// Notes an attempt that ends now.
    pub(super) fn note(&self, asked: Q, begun: Instant, outcome: Outcome<A>) {
        let acked = matches!(outcome, Outcome::Acked(_));
        let attempt = Attempt {
            asked,
            begun,
            ended: Instant::now(),
            outcome,
        };
        self.attempts.lock().push(attempt);
        self.acked.fetch_add(u64::from(acked), Ordering::Release);
    }

    /// How many were acknowledged so far.
    pub(super) fn acked(&self) -> u64 {
        self.acked.load(Ordering::Acquire)
    }

    pub(super) fn attempts(&self) -> MutexGuard<'_, Vec<Attempt<Q, A>>> {
        self.attempts.lock()
    }

    pub(super) fn tally(&self) -> Tally {
        let attempts = self.attempts.lock();
        let mut tally = Tally::default();
        let mut last = attempts.first().map(|attempt| attempt.begun);
        for attempt in attempts.iter() {
            tally.attempts += 1;
            let answered = match &attempt.outcome {
                Outcome::Acked(_) => {
                    tally.acked += 1;
                    true
                }
                Outcome::Refused(why) => {
                    tally.refused += 1;
                    why != NOT_SENT
                }
                Outcome::Unknown(_) => {
                    tally.unknown += 1;
                    false
                }
            };
            if answered {
                let pause = last.map_or(Duration::ZERO, |last| attempt.ended - last);
                tally.stall = tally.stall.max(pause);
                last = Some(attempt.ended);
            }
        }
        tally
    }
}

impl<Q, A> Attempt<Q, A> {
    /// What the hub said when it was done.
    pub(super) fn acked(&self) -> Option<&A> {
        match &self.outcome {
            Outcome::Acked(answer) => Some(answer),
            _ => None,
        }
    }

    pub(super) fn is_refused(&self) -> bool {
        matches!(self.outcome, Outcome::Refused(_))
    }

    /// Why it was not acknowledged, if it was not.
    pub(super) fn why(&self) -> Option<&str> {
        match &self.outcome {
            Outcome::Acked(_) => None,
            Outcome::Refused(why) | Outcome::Unknown(why) => Some(why),
        }
    }
}

impl Tally {
    /// Both together.
    pub(super) fn and(self, other: Self) -> Self {
        Self {
            attempts: self.attempts + other.attempts,
            acked: self.acked + other.acked,
            refused: self.refused + other.refused,
            unknown: self.unknown + other.unknown,
            stall: self.stall.max(other.stall),
        }
    }
}
