//! The end of a link from which deliveries leave.

use std::collections::VecDeque;

use super::outgoing::{Outgoing, Waiting};
use crate::codec::performative::Flow;
use crate::codec::{SenderSettleMode, SequenceNo};
use crate::limits;

/// Credit that the client has given, and deliveries that wait for its window.
#[derive(Debug)]
pub(in crate::engine) struct Sending {
    delivery_count: SequenceNo,
    credit: u32,
    drain: Drain,
    settle_mode: SenderSettleMode,
    /// Bytes; `None` for no bound.
    max_message_size: Option<u64>,
    pub(in crate::engine) waiting: VecDeque<Waiting>,
    /// Deliveries that are written or wait, and that the client has to settle.
    unsettled: usize,
    max_unsettled: usize,
    /// Whether the host does nothing with outcomes, so that they are not waited for.
    pub(in crate::engine) ignores_outcomes: bool,
    /// Whether the host knows that it can send.
    offered: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Drain {
    No,
    /// The client asks.
    Asked,
    /// The host has no more; what waits goes out first.
    Done,
    /// The credit is given back; our flows say so until the client asks for something else.
    Finished,
}

impl Sending {
    pub(super) fn new(
        settle_mode: SenderSettleMode,
        max_message_size: Option<u64>,
        max_unsettled: usize,
    ) -> Sending {
        Sending {
            delivery_count: SequenceNo(0),
            credit: 0,
            drain: Drain::No,
            settle_mode,
            max_message_size: max_message_size.filter(|size| *size > 0),
            waiting: VecDeque::new(),
            unsettled: 0,
            max_unsettled,
            ignores_outcomes: false,
            offered: false,
        }
    }

    pub(super) fn delivery_count(&self) -> SequenceNo {
        self.delivery_count
    }

    /// Deliveries that the host can send now.
    pub(in crate::engine) fn available(&self) -> u32 {
        let queued = self
            .waiting
            .iter()
            .filter(|delivery| !delivery.started)
            .count();
        let credit = (self.credit as usize).saturating_sub(queued);
        let settling = self.max_unsettled.saturating_sub(self.unsettled);
        let room = limits::MAX_WAITING.saturating_sub(self.waiting.len());
        let available = credit.min(settling);
        // What goes straight out needs no room to wait in.
        let available = if room == 0 { 0 } else { available };
        u32::try_from(available).unwrap_or(u32::MAX)
    }

    /// How many, when the host does not know yet that it can send.
    pub(in crate::engine) fn newly_available(&mut self) -> Option<u32> {
        let available = self.available();
        let before = std::mem::replace(&mut self.offered, available > 0);
        (available > 0 && !before).then_some(available)
    }

    /// Whether the client would take a message of this size.
    pub(in crate::engine) fn takes(&self, size: usize) -> bool {
        self.max_message_size
            .is_none_or(|max_size| size as u64 <= max_size)
    }

    /// Lines a delivery up.
    pub(in crate::engine) fn push(&mut self, outgoing: Outgoing, tag: [u8; 16]) {
        let settled = match self.settle_mode {
            SenderSettleMode::Settled => true,
            SenderSettleMode::Unsettled => false,
            SenderSettleMode::Mixed => outgoing.settled,
        };
        let tracked = !settled && !self.ignores_outcomes;
        self.unsettled += usize::from(tracked);
        self.waiting
            .push_back(Waiting::new(outgoing, tag, settled, tracked));
    }

    /// The delivery to write a frame of; one that begins now gets `id` and uses up credit.
    pub(in crate::engine) fn next_delivery(&mut self, id: SequenceNo) -> Option<&mut Waiting> {
        let front = self.waiting.front_mut()?;
        if !front.started {
            self.credit = self.credit.checked_sub(1)?;
            self.delivery_count = self.delivery_count.plus(1);
            (front.started, front.id) = (true, id);
        }
        Some(front)
    }

    /// Whether something could be written if the client's window were open. A link without credit
    /// does not stand in the row; the flow that brings credit puts it back.
    pub(in crate::engine) fn waits_for_window(&self) -> bool {
        self.waiting
            .front()
            .is_some_and(|front| front.started || self.credit > 0)
    }

    /// The client has settled one.
    pub(in crate::engine) fn settled(&mut self) {
        self.unsettled = self.unsettled.saturating_sub(1);
    }

    /// The client says how much more it takes [2.6.7]. True when it asks for a drain that the host
    /// has not heard of.
    pub(in crate::engine) fn update(&mut self, flow: &Flow) -> bool {
        if let Some(credit) = flow.link_credit {
            // Without a count the client has not seen our attach, in which the count was zero.
            let counted = flow.delivery_count.unwrap_or_default();
            let on_the_way = self.delivery_count.ahead_of(counted);
            self.credit = credit.saturating_sub(on_the_way);
        }
        self.drain = match (flow.drain, self.drain) {
            (false, _) => Drain::No,
            (true, asked @ (Drain::Asked | Drain::Done)) => asked,
            // There is nothing to ask the host for.
            (true, _) if self.credit == 0 => Drain::Done,
            (true, _) => {
                self.drain = Drain::Asked;
                return true;
            }
        };
        false
    }

    pub(in crate::engine) fn is_asked_to_drain(&self) -> bool {
        self.drain == Drain::Asked
    }

    /// The host has no more for a client that drains.
    pub(in crate::engine) fn drained(&mut self) {
        if self.drain == Drain::Asked {
            self.drain = Drain::Done;
        }
    }

    /// Gives the credit back once nothing waits; true when the client is to hear of it.
    pub(in crate::engine) fn finish_drain(&mut self) -> bool {
        if self.drain != Drain::Done || !self.waiting.is_empty() {
            return false;
        }
        self.delivery_count = self.delivery_count.plus(self.credit);
        self.credit = 0;
        self.offered = false;
        self.drain = Drain::Finished;
        true
    }

    pub(super) fn describe(&self, flow: &mut Flow) {
        flow.delivery_count = Some(self.delivery_count);
        flow.link_credit = Some(self.credit);
        flow.available = Some(u32::try_from(self.waiting.len()).unwrap_or(u32::MAX));
        flow.drain = self.drain != Drain::No;
    }
}
