//! Delays between attempts to connect.

use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

/// Doubles from first to longest; each delay is jittered down to a half at most, so that nodes
/// that lost each other at once do not come back in step.
#[derive(Debug)]
pub(crate) struct Backoff {
    first: Duration,
    longest: Duration,
    next: Duration,
    random: StdRng,
}

impl Backoff {
    pub(crate) fn new(first: Duration, longest: Duration, seed: u64) -> Backoff {
        Backoff {
            first,
            longest,
            next: first,
            random: StdRng::seed_from_u64(seed),
        }
    }

    pub(crate) fn delay(&mut self) -> Duration {
        let base = self.next;
        self.next = base.saturating_mul(2).min(self.longest);
        base.mul_f64(self.random.random_range(0.5..=1.0))
    }

    pub(crate) fn reset(&mut self) {
        self.next = self.first;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_double_up_to_the_longest_and_start_over_after_a_reset() {
        let ms = Duration::from_millis;
        let mut backoff = Backoff::new(ms(20), ms(1000), 7);
        for base in [20, 40, 80, 160, 320, 640, 1000, 1000] {
            let delay = backoff.delay();
            assert!(
                delay >= ms(base) / 2 && delay <= ms(base),
                "{delay:?} of {base} ms"
            );
        }
        backoff.reset();
        assert!(backoff.delay() <= ms(20));
    }
}
