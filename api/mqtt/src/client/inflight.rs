use std::collections::VecDeque;

use super::ack::{Answer, Waiter};

/// Packet ids run from 1 to 65535.
const IDS: u64 = 65_535;

/// Packets without an answer, in the order in which they were sent.
///
/// Ids are given out one after the other, so that the place of an id in the queue is a subtraction.
/// A place is free again when everything before it has been answered too, which keeps ids unique.
#[derive(Debug, Default)]
pub(super) struct Inflight {
    /// Number of the packet at the front.
    first: u64,
    queue: VecDeque<Place>,
}

#[derive(Debug)]
struct Place {
    waiter: Option<Waiter>,
    is_publish: bool,
}

/// What an answer did.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answered {
    /// So many publishes have left the front of the queue.
    Freed(usize),
    /// No such packet waits, or it waits for another kind of answer.
    Unknown,
}

impl Inflight {
    pub(super) fn len(&self) -> usize {
        self.queue.len()
    }

    /// The id for a new packet, or None while all ids are in use.
    pub(super) fn push(&mut self, waiter: Waiter) -> Option<u16> {
        if self.queue.len() as u64 >= IDS {
            return None;
        }
        let number = self.first + self.queue.len() as u64;
        self.queue.push_back(Place {
            is_publish: waiter.is_publish(),
            waiter: Some(waiter),
        });
        u16::try_from(number % IDS + 1).ok()
    }

    /// Takes back the last packet, which was not sent.
    pub(super) fn pop(&mut self) {
        let _ = self.queue.pop_back();
    }

    pub(super) fn answer(&mut self, id: u16, answer: Answer) -> Answered {
        let Some(index) = self.index(id) else {
            return Answered::Unknown;
        };
        let waiter = self
            .queue
            .get_mut(index)
            .and_then(|place| place.waiter.take());
        if !waiter.is_some_and(|waiter| waiter.answer(answer)) {
            return Answered::Unknown;
        }
        let mut freed = 0;
        while self
            .queue
            .front()
            .is_some_and(|place| place.waiter.is_none())
        {
            freed += usize::from(self.queue.pop_front().is_some_and(|place| place.is_publish));
            self.first += 1;
        }
        Answered::Freed(freed)
    }

    fn index(&self, id: u16) -> Option<usize> {
        let number = u64::from(id.checked_sub(1)?);
        usize::try_from((number + IDS - self.first % IDS) % IDS).ok()
    }

    /// Drops every waiter; whoever waits learns that the connection has ended.
    pub(super) fn clear(&mut self) {
        self.first += self.queue.len() as u64;
        self.queue.clear();
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::oneshot;

    use super::*;

    fn publish() -> Waiter {
        Waiter::Publish(oneshot::channel().0)
    }

    #[test]
    fn answers_in_order_free_one_place_each() {
        let mut inflight = Inflight::default();
        let ids: Vec<_> = (0..3).map(|_| inflight.push(publish()).unwrap()).collect();
        assert_eq!(ids, [1, 2, 3]);
        for id in ids {
            assert_eq!(inflight.answer(id, Answer::Publish), Answered::Freed(1));
        }
        assert_eq!(inflight.len(), 0);
    }

    #[test]
    fn an_early_answer_frees_its_place_when_its_turn_comes() {
        let mut inflight = Inflight::default();
        let (sender, mut receiver) = oneshot::channel();
        let first = inflight.push(publish()).unwrap();
        let second = inflight.push(Waiter::Publish(sender)).unwrap();
        assert_eq!(inflight.answer(second, Answer::Publish), Answered::Freed(0));
        assert_eq!(receiver.try_recv(), Ok(()));
        assert_eq!(inflight.answer(second, Answer::Publish), Answered::Unknown);
        assert_eq!(inflight.answer(first, Answer::Publish), Answered::Freed(2));
    }

    #[test]
    fn ids_go_round_without_zero() {
        let mut inflight = Inflight::default();
        for round in 0..200_000_u64 {
            let id = inflight.push(publish()).unwrap();
            assert_eq!(u64::from(id), round % IDS + 1);
            assert_eq!(inflight.answer(id, Answer::Publish), Answered::Freed(1));
        }
    }

    #[test]
    fn answers_that_nobody_waits_for_are_found_out() {
        let mut inflight = Inflight::default();
        assert_eq!(inflight.answer(1, Answer::Publish), Answered::Unknown);
        assert_eq!(inflight.answer(0, Answer::Publish), Answered::Unknown);
        let id = inflight.push(publish()).unwrap();
        assert_eq!(inflight.answer(id, Answer::Unsubscribe), Answered::Unknown);
    }

    #[test]
    fn no_id_is_given_out_twice() {
        let mut inflight = Inflight::default();
        for _ in 0..IDS {
            assert!(inflight.push(publish()).is_some());
        }
        assert_eq!(inflight.push(publish()), None);
    }
}
