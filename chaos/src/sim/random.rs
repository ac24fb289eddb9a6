//! Random numbers that follow from a run's seed.

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

/// A stream of random numbers for one purpose, so that what one part of the world draws does not
/// change what another one gets.
#[derive(Debug, Clone)]
pub(super) struct Random(StdRng);

// === impl Random ===

impl Random {
    /// The stream of a purpose in the run of a seed.
    pub(super) fn new(seed: u64, purpose: &str) -> Random {
        // FNV-1a: must be the same on every machine and in every version.
        let mut hash = 0xcbf2_9ce4_8422_2325_u64 ^ seed;
        for byte in purpose.bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        Random(StdRng::seed_from_u64(hash))
    }

    /// A number from `low` up to and including `high`.
    pub(super) fn between(&mut self, low: u64, high: u64) -> u64 {
        self.0.random_range(low..=high)
    }

    /// True with a probability of `percent` in a hundred.
    pub(super) fn chance(&mut self, percent: u64) -> bool {
        self.between(0, 99) < percent
    }

    /// One of them; there must be at least one.
    pub(super) fn pick<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[self.0.random_range(0..choices.len())]
    }
}
