//! The one thing that a simulation must take from the operating system: its randomness.
//!
//! Hash maps, the runtime's `select!`, elections and keys all get their random bits from
//! `getrandom`. This binary brings its own: on a thread that has called [`seed`] the bytes follow
//! from a number, on any other they come from the system. So the hub runs as it is, and the same
//! number twice gives the same run.

use std::cell::RefCell;
use std::fs::File;
use std::io::Read as _;

use rand::rngs::StdRng;
use rand::{RngCore as _, SeedableRng as _};

thread_local! {
    static SEEDED: RefCell<Option<StdRng>> = const { RefCell::new(None) };
}

/// From now on, what this thread asks the system for follows from `number`.
pub(crate) fn seed(number: u64) {
    SEEDED.set(Some(StdRng::seed_from_u64(number)));
}

/// False when the system has nothing to give.
fn fill(bytes: &mut [u8]) -> bool {
    let seeded = SEEDED.try_with(|seeded| match &mut *seeded.borrow_mut() {
        Some(random) => {
            random.fill_bytes(bytes);
            true
        }
        None => false,
    });
    // A thread that is ending has no locals any more.
    seeded.unwrap_or(false)
        || File::open("/dev/urandom")
            .and_then(|mut system| system.read_exact(bytes))
            .is_ok()
}

/// Takes the place of the C library's function, which the standard library and others call.
#[expect(
    unsafe_code,
    reason = "only a symbol of this name reaches the randomness of every dependency"
)]
#[unsafe(no_mangle)]
unsafe extern "C" fn getrandom(buffer: *mut u8, length: usize, _flags: u32) -> isize {
    if length == 0 {
        return 0;
    }
    // SAFETY: the caller of getrandom(2) vouches for `length` writable bytes at `buffer`.
    let bytes = unsafe { std::slice::from_raw_parts_mut(buffer, length) };
    if fill(bytes) {
        isize::try_from(length).unwrap_or(-1)
    } else {
        -1
    }
}
