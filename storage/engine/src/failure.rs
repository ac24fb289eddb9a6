//! What first put a store out of service, for everybody who must hear of it.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, Waker};

use parking_lot::Mutex;

use crate::error::EngineError;

/// Set once and never taken back: after a failed write or fsync nobody knows what the disk holds, and
/// damaged rows stay damaged.
#[derive(Debug, Default)]
pub(crate) struct Failure {
    error: OnceLock<EngineError>,
    waiting: Mutex<Vec<Waker>>,
}

/// Resolves to the error that put a store out of service; pending for as long as the store works.
/// The node must restart then. Can be dropped and asked for again at any time.
#[derive(Debug)]
pub struct Failed {
    failure: Arc<Failure>,
}

// === impl Failure ===

impl Failure {
    /// # Errors
    /// [`EngineError::Poisoned`] once a write has failed.
    pub(crate) fn check(&self) -> Result<(), EngineError> {
        self.error.get().map_or(Ok(()), |error| Err(error.clone()))
    }

    /// Puts the store out of service; the first error stays.
    pub(crate) fn set(&self, error: &EngineError) {
        if self.error.set(error.poison()).is_ok() {
            tracing::error!(%error, "the store is out of service until a restart");
        }
        for waker in std::mem::take(&mut *self.waiting.lock()) {
            waker.wake();
        }
    }

    /// What a read met, for whoever wanted to read. Damage puts the store out of service: a replica that
    /// leads would refuse the same rows for ever, which others have whole.
    pub(crate) fn on_read(&self, error: rocksdb::Error) -> EngineError {
        let error = EngineError::from(error);
        if matches!(error, EngineError::Corruption(_)) {
            self.set(&error);
        }
        error
    }

    pub(crate) fn failed(self: &Arc<Failure>) -> Failed {
        Failed {
            failure: Arc::clone(self),
        }
    }
}

// === impl Failed ===

impl Future for Failed {
    type Output = EngineError;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<EngineError> {
        // `set` stores the error before it takes the lock, so no waker is left behind.
        let mut waiting = self.failure.waiting.lock();
        if let Some(error) = self.failure.error.get() {
            return Poll::Ready(error.clone());
        }
        if !waiting.iter().any(|waker| waker.will_wake(context.waker())) {
            waiting.push(context.waker().clone());
        }
        Poll::Pending
    }
}
