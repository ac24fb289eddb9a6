//! The direction from the client.

use std::collections::BTreeMap;

use crate::codec::SequenceNo;
use crate::codec::performative::condition;
use crate::engine::fault::{Fault, Handled};

/// What the client may send, and what of it is not settled.
#[derive(Debug)]
pub(in crate::engine) struct Inbound {
    next_incoming_id: SequenceNo,
    window: u32,
    /// What the window goes back to when half of it is used.
    full_window: u32,
    /// Deliveries that the host has to settle, and the handles they came in on.
    pub(in crate::engine) unsettled: BTreeMap<SequenceNo, u32>,
}

impl Inbound {
    pub(super) fn new(next_incoming_id: SequenceNo, window: u32) -> Inbound {
        Inbound {
            next_incoming_id,
            window,
            full_window: window,
            unsettled: BTreeMap::new(),
        }
    }

    pub(super) fn next_incoming_id(&self) -> SequenceNo {
        self.next_incoming_id
    }

    pub(super) fn window(&self) -> u32 {
        self.window
    }

    /// A transfer frame has arrived.
    pub(in crate::engine) fn count(&mut self) -> Handled {
        let Some(window) = self.window.checked_sub(1) else {
            let description = "a transfer exceeds the incoming window";
            return Err(Fault::session(condition::WINDOW_VIOLATION, description));
        };
        self.window = window;
        self.next_incoming_id = self.next_incoming_id.plus(1);
        Ok(())
    }

    /// The client says which transfer it sends next; frames come in order, so that there is nothing
    /// between.
    pub(in crate::engine) fn expect(&mut self, next: SequenceNo) {
        self.next_incoming_id = next;
    }

    /// Whether the client should hear that it may go on.
    pub(in crate::engine) fn is_low(&self) -> bool {
        self.window <= self.full_window / 2
    }

    /// Opens the window again.
    pub(in crate::engine) fn open(&mut self) {
        self.window = self.full_window;
    }
}
