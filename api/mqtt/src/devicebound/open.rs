//! Messages that a client has been sent and has not acknowledged.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::num::NonZeroU16;
use std::rc::Rc;

use roost_model::{LockToken, Settlement};

use crate::connection::Connection;

/// Acknowledged messages that are remembered. A new leader sends again what was under way, and what the
/// client has acknowledged meanwhile may be among it: no more than a session holds.
const REMEMBERED: usize = 32;

#[derive(Default)]
pub(crate) struct OpenMessages {
    last_id: Cell<u16>,
    open: RefCell<Vec<(NonZeroU16, LockToken)>>,
    done: RefCell<VecDeque<LockToken>>,
    /// Acknowledgements come here.
    listening: Cell<bool>,
}

impl OpenMessages {
    /// Whether the client has this message, or had it.
    pub(crate) fn knows(&self, lock: LockToken) -> bool {
        let is_open = self.open.borrow().iter().any(|(_, open)| *open == lock);
        is_open || self.done.borrow().contains(&lock)
    }

    /// The packet id for a message that is about to be sent.
    pub(super) fn add(&self, connection: &Rc<Connection>, lock: LockToken) -> NonZeroU16 {
        if !self.listening.replace(true) {
            listen(connection);
        }
        let id = self.next_id();
        self.open.borrow_mut().push((id, lock));
        id
    }

    /// Takes out a message that was acknowledged, or was not sent.
    pub(super) fn take(&self, id: NonZeroU16) -> Option<LockToken> {
        let mut open = self.open.borrow_mut();
        let at = open.iter().position(|(known, _)| *known == id)?;
        let (_, lock) = open.remove(at);
        if open.is_empty() {
            *open = Vec::new();
        }
        Some(lock)
    }

    pub(super) fn note_done(&self, lock: LockToken) {
        let mut done = self.done.borrow_mut();
        if done.len() == REMEMBERED {
            done.pop_front();
        }
        done.push_back(lock);
    }

    fn next_id(&self) -> NonZeroU16 {
        loop {
            let next = self.last_id.get().wrapping_add(1);
            self.last_id.set(next);
            let is_taken = |id: NonZeroU16| self.open.borrow().iter().any(|(open, _)| *open == id);
            if let Some(id) = NonZeroU16::new(next).filter(|id| !is_taken(*id)) {
                return id;
            }
        }
    }
}

/// Completes what the client acknowledges. The framework calls this while it holds its own state, so
/// nothing of it may be touched.
fn listen(connection: &Rc<Connection>) {
    let weak = Rc::downgrade(connection);
    connection.sink.publish_ack_cb(move |id, is_disconnected| {
        let Some(connection) = weak.upgrade().filter(|_| !is_disconnected) else {
            return;
        };
        if let Some(lock) = connection.messages.take(id) {
            connection.messages.note_done(lock);
            connection.session.settle(lock, Settlement::Complete);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lock(seed: u64) -> LockToken {
        LockToken::new(seed, 0, seed)
    }

    #[test]
    fn what_was_acknowledged_is_known_for_a_while() {
        let messages = OpenMessages::default();
        for seed in 0..=REMEMBERED as u64 {
            messages.note_done(lock(seed));
        }
        assert!(!messages.knows(lock(0)));
        assert!(messages.knows(lock(1)) && messages.knows(lock(REMEMBERED as u64)));
    }

    #[test]
    fn packet_ids_are_never_zero_nor_in_use() {
        let messages = OpenMessages::default();
        let first = messages.next_id();
        messages.open.borrow_mut().push((first, lock(1)));
        for _ in 0..=u32::from(u16::MAX) {
            assert_ne!(messages.next_id(), first);
        }
        assert!(messages.knows(lock(1)));
        assert_eq!(messages.take(first), Some(lock(1)));
        assert_eq!(messages.take(first), None);
        assert!(!messages.knows(lock(1)));
    }
}
