//! The end of a link at which deliveries arrive.

use bytes::{Bytes, BytesMut};

use crate::codec::SequenceNo;
use crate::codec::performative::{Flow, Transfer};

/// Credit that the client has, and the delivery that it is in the midst of.
#[derive(Debug)]
pub(in crate::engine) struct Receiving {
    /// Deliveries of the client so far.
    delivery_count: SequenceNo,
    credit: u32,
    draining: bool,
    pub(in crate::engine) max_message_size: u64,
    pub(in crate::engine) partial: Option<Box<Partial>>,
}

/// A delivery of which more is to come.
#[derive(Debug)]
pub(in crate::engine) struct Partial {
    pub(in crate::engine) delivery_id: SequenceNo,
    pub(in crate::engine) tag: Bytes,
    pub(in crate::engine) message_format: u32,
    pub(in crate::engine) settled: bool,
    /// A copy: a slice would hold on to everything that was read along with it.
    pub(in crate::engine) payload: BytesMut,
}

impl Partial {
    /// Whether a transfer says of the delivery what its first one said.
    pub(in crate::engine) fn goes_on_with(&self, transfer: &Transfer) -> bool {
        transfer.delivery_id.is_none_or(|id| id == self.delivery_id)
            && transfer
                .delivery_tag
                .as_ref()
                .is_none_or(|tag| *tag == self.tag)
    }
}

impl Receiving {
    pub(super) fn new(delivery_count: SequenceNo) -> Receiving {
        Receiving {
            delivery_count,
            credit: 0,
            draining: false,
            max_message_size: 0,
            partial: None,
        }
    }

    /// A delivery begins; `false` when the client had no credit for it.
    pub(in crate::engine) fn use_credit(&mut self) -> bool {
        let Some(credit) = self.credit.checked_sub(1) else {
            return false;
        };
        self.credit = credit;
        self.delivery_count = self.delivery_count.plus(1);
        true
    }

    /// Raises the credit to so many deliveries. It never falls: the client may be using it already.
    pub(in crate::engine) fn grant(&mut self, credit: u32) {
        self.credit = self.credit.max(credit);
        self.draining = false;
    }

    /// Asks for an end of the credit; `false` when there is none.
    pub(in crate::engine) fn drain(&mut self) -> bool {
        self.draining = self.credit > 0;
        self.draining
    }

    /// The client says how far it is. True when it has done what a drain asked for.
    pub(in crate::engine) fn update(&mut self, flow: &Flow) -> bool {
        if let Some(count) = flow.delivery_count {
            // Credit can be given back and not be made.
            let given_back = count.ahead_of(self.delivery_count).min(self.credit);
            self.credit -= given_back;
            self.delivery_count = self.delivery_count.plus(given_back);
        }
        self.credit == 0 && std::mem::take(&mut self.draining)
    }

    pub(in crate::engine) fn credit(&self) -> u32 {
        self.credit
    }

    pub(super) fn describe(&self, flow: &mut Flow) {
        flow.delivery_count = Some(self.delivery_count);
        flow.link_credit = Some(self.credit);
        flow.drain = self.draining;
    }

    pub(super) fn assembled(&self) -> usize {
        self.partial
            .as_ref()
            .map_or(0, |partial| partial.payload.len())
    }
}
