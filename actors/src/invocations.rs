//! Direct methods that were called through this node and have no result yet.

use std::sync::atomic::{AtomicU64, Ordering};

use dashmap::DashMap;
use tokio::sync::oneshot;

use crate::wire::InvocationResult;

/// By number. The first number differs from start to start, so that late results of an earlier
/// one find nothing.
#[derive(Debug)]
pub(crate) struct Invocations {
    next: AtomicU64,
    waiting: DashMap<u64, oneshot::Sender<InvocationResult>>,
}

/// An invocation that waits for its result; forgotten when dropped.
#[derive(Debug)]
pub(crate) struct Waiting<'a> {
    invocations: &'a Invocations,
    pub(crate) number: u64,
    pub(crate) result: oneshot::Receiver<InvocationResult>,
}

impl Invocations {
    /// `first` is the number of the first invocation.
    pub(crate) fn new(first: u64) -> Self {
        Self {
            next: AtomicU64::new(first),
            waiting: DashMap::new(),
        }
    }

    pub(crate) fn begin(&self) -> Waiting<'_> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let (send, result) = oneshot::channel();
        self.waiting.insert(number, send);
        Waiting {
            invocations: self,
            number,
            result,
        }
    }

    /// Hands a result over, if somebody still waits for it.
    pub(crate) fn resolve(&self, number: u64, result: InvocationResult) {
        if let Some((_, waiting)) = self.waiting.remove(&number) {
            // Its caller may have given up this very moment.
            let _ = waiting.send(result);
        }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.invocations.waiting.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_result_finds_its_invocation_once() {
        let invocations = Invocations::new(7);
        let mut waiting = invocations.begin();
        assert_eq!(waiting.number, 7);
        invocations.resolve(8, InvocationResult::TimedOut);
        invocations.resolve(7, InvocationResult::NotOnline);
        invocations.resolve(7, InvocationResult::TimedOut);
        let result = (&mut waiting.result).await;
        assert_eq!(result, Ok(InvocationResult::NotOnline));
    }

    #[test]
    fn who_gave_up_is_forgotten() {
        let invocations = Invocations::new(0);
        drop(invocations.begin());
        assert!(invocations.waiting.is_empty());
    }
}
