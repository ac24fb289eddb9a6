//! Work that blocks, kept off the threads that everything else runs on.

use std::cell::Cell;
use std::io;
use std::marker::PhantomData;

thread_local! {
    static IN_PLACE: Cell<bool> = const { Cell::new(false) };
}

/// While it lives, work that blocks is done in place on this thread. A simulator says so, whose one
/// thread has the order of everything in its hands.
#[derive(Debug)]
pub struct InPlace {
    /// Is about the thread that made it.
    _thread: PhantomData<*const ()>,
}

/// Does work that blocks, on a thread that is there for it.
///
/// # Errors
/// When the work panicked, or the runtime is shutting down.
pub async fn run<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, io::Error> {
    if IN_PLACE.get() {
        return Ok(work());
    }
    tokio::task::spawn_blocking(work)
        .await
        .map_err(io::Error::other)
}

/// Does work that blocks on the thread that runs this task, which gives its other tasks away first.
pub(crate) fn here<T>(work: impl FnOnce() -> T) -> T {
    if IN_PLACE.get() {
        work()
    } else {
        tokio::task::block_in_place(work)
    }
}

// === impl InPlace ===

impl InPlace {
    /// From now on, on this thread.
    pub fn enter() -> InPlace {
        IN_PLACE.set(true);
        InPlace {
            _thread: PhantomData,
        }
    }
}

impl Drop for InPlace {
    fn drop(&mut self) {
        IN_PLACE.set(false);
    }
}
