//! The direction to the client.

use std::collections::BTreeMap;

use crate::codec::SequenceNo;
use crate::codec::performative::Flow;
use crate::engine::id::LinkId;
use crate::engine::link::Sending;
use crate::engine::output::Output;

/// Any number would do.
const FIRST_OUTGOING_ID: SequenceNo = SequenceNo(0);

/// What the client takes, and what of it is not settled.
#[derive(Debug)]
pub(in crate::engine) struct Outbound {
    next_outgoing_id: SequenceNo,
    remote_window: u32,
    /// Clients count on ids without gaps.
    next_delivery_id: SequenceNo,
    pub(in crate::engine) unsettled: BTreeMap<SequenceNo, Unsettled>,
}

/// A delivery that the client has not settled.
#[derive(Debug, Clone, Copy)]
pub(in crate::engine) struct Unsettled {
    pub(in crate::engine) handle: u32,
    pub(in crate::engine) token: u64,
    /// The host has heard of an outcome, which cannot change any more.
    pub(in crate::engine) decided: bool,
}

impl Outbound {
    pub(super) fn new(remote_window: u32) -> Outbound {
        Outbound {
            next_outgoing_id: FIRST_OUTGOING_ID,
            remote_window,
            next_delivery_id: SequenceNo(0),
            unsettled: BTreeMap::new(),
        }
    }

    pub(super) fn next_outgoing_id(&self) -> SequenceNo {
        self.next_outgoing_id
    }

    /// Whether a delivery with this id has gone out, not too long ago.
    pub(in crate::engine) fn has_sent(&self, delivery: SequenceNo) -> bool {
        self.next_delivery_id.since(delivery) > 0
    }

    /// The client says what it has received and how much more it takes [2.5.6].
    pub(in crate::engine) fn update(&mut self, flow: &Flow) {
        let from = flow.next_incoming_id.unwrap_or(FIRST_OUTGOING_ID);
        let on_the_way = self.next_outgoing_id.ahead_of(from);
        self.remote_window = flow.incoming_window.saturating_sub(on_the_way);
    }

    /// Whether the client takes no frame now.
    pub(super) fn is_shut(&self) -> bool {
        self.remote_window == 0
    }

    /// Writes what waits on a link, as far as window and credit go.
    pub(super) fn write(&mut self, link: LinkId, sending: &mut Sending, output: &mut Output) {
        while self.remote_window > 0 {
            let Some(delivery) = sending.next_delivery(self.next_delivery_id) else {
                return;
            };
            if delivery.is_new() {
                self.next_delivery_id = self.next_delivery_id.plus(1);
                if delivery.tracked {
                    let unsettled = Unsettled {
                        handle: link.handle,
                        token: delivery.token,
                        decided: false,
                    };
                    self.unsettled.insert(delivery.id, unsettled);
                }
            }
            let done = delivery.write(link, output);
            self.next_outgoing_id = self.next_outgoing_id.plus(1);
            self.remote_window -= 1;
            if done {
                sending.waiting.pop_front();
            }
        }
    }
}
