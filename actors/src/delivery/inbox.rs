//! What waits for a session's protocol to take it.

use std::collections::VecDeque;

use parking_lot::Mutex;
use tokio::sync::Notify;

use super::Delivery;

/// Leaders keep less than this under way for one device, so a full inbox is a device that does not
/// read its socket.
const CAPACITY: usize = 64;

/// First in, first out. An empty one costs no memory beyond itself, because most are empty.
#[derive(Debug, Default)]
pub(crate) struct Inbox {
    waiting: Mutex<VecDeque<Delivery>>,
    arrived: Notify,
}

/// There is no room.
#[derive(Debug)]
pub(crate) struct Full;

impl Inbox {
    pub(crate) fn push(&self, delivery: Delivery) -> Result<(), Full> {
        let mut waiting = self.waiting.lock();
        if waiting.len() >= CAPACITY {
            return Err(Full);
        }
        waiting.push_back(delivery);
        drop(waiting);
        self.arrived.notify_one();
        Ok(())
    }

    /// The oldest delivery, as soon as there is one. Cancel-safe; for one taker at a time.
    pub(crate) async fn next(&self) -> Delivery {
        loop {
            if let Some(delivery) = self.take() {
                return delivery;
            }
            self.arrived.notified().await;
        }
    }

    /// Drops what waits: the session is over.
    pub(crate) fn clear(&self) {
        let dropped = std::mem::take(&mut *self.waiting.lock());
        drop(dropped);
    }

    fn take(&self) -> Option<Delivery> {
        let mut waiting = self.waiting.lock();
        let delivery = waiting.pop_front();
        if waiting.is_empty() {
            *waiting = VecDeque::new();
        }
        delivery
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delivery::MethodRequest;

    fn delivery(name: &str) -> Delivery {
        Delivery::Method(MethodRequest::for_test(name).0)
    }

    fn name(delivery: &Delivery) -> &str {
        match delivery {
            Delivery::Method(request) => &request.name,
            other => panic!("not a method: {other:?}"),
        }
    }

    #[tokio::test]
    async fn deliveries_come_out_in_order() {
        let inbox = Inbox::default();
        for name in ["a", "b"] {
            inbox.push(delivery(name)).unwrap();
        }
        assert_eq!(name(&inbox.next().await), "a");
        assert_eq!(name(&inbox.next().await), "b");
    }

    #[tokio::test]
    async fn a_taker_that_gives_up_loses_nothing() {
        let inbox = Inbox::default();
        let waited = tokio::time::timeout(std::time::Duration::ZERO, inbox.next()).await;
        assert!(waited.is_err());
        inbox.push(delivery("a")).unwrap();
        assert_eq!(name(&inbox.next().await), "a");
    }

    #[test]
    fn a_full_inbox_takes_no_more_until_it_is_cleared() {
        let inbox = Inbox::default();
        for _ in 0..CAPACITY {
            inbox.push(delivery("m")).unwrap();
        }
        assert!(inbox.push(delivery("m")).is_err());
        inbox.clear();
        assert!(inbox.push(delivery("m")).is_ok());
    }
}
