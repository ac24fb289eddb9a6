//! One link [2.6].
//!
//! ```text
//!   attach from the client ──► Pending ──accept──► Attached ──detach from the client──► gone
//!                                 │                   │
//!                              refuse              detach, fault
//!                                 └──────► Detaching ◄┘
//!                                              └──detach from the client──► gone
//! ```

mod outgoing;
mod receiving;
mod sending;

pub use self::outgoing::Outgoing;
pub(super) use self::receiving::{Partial, Receiving};
pub(super) use self::sending::Sending;

use std::collections::VecDeque;

use super::id::LinkId;
use crate::codec::performative::{Attach, Flow};
use crate::codec::{ReceiverSettleMode, Role, SenderSettleMode};

/// One link. Nothing is kept that is not needed after the attach.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) id: LinkId,
    pub(super) state: LinkState,
    pub(super) end: LinkEnd,
}

#[derive(Debug)]
pub(super) enum LinkState {
    /// The host has to decide.
    Pending(Box<PendingAttach>),
    Attached,
    /// We have detached; what the client sent before it knew is passed over.
    Detaching,
}

/// What our attach repeats of the client's.
#[derive(Debug)]
pub(super) struct PendingAttach {
    pub(super) name: String,
    pub(super) snd_settle_mode: SenderSettleMode,
    pub(super) rcv_settle_mode: ReceiverSettleMode,
}

/// Our end of a link.
#[derive(Debug)]
pub(super) enum LinkEnd {
    Receiving(Receiving),
    Sending(Sending),
}

impl Link {
    /// The other end of what the client attaches.
    pub(super) fn pending(id: LinkId, attach: &Attach, max_unsettled: usize) -> Link {
        let (end, rcv_settle_mode) = match attach.role {
            // With second the sender would wait for us to settle, as well as we for it.
            Role::Sender => {
                let count = attach.initial_delivery_count.unwrap_or_default();
                (
                    LinkEnd::Receiving(Receiving::new(count)),
                    ReceiverSettleMode::First,
                )
            }
            Role::Receiver => {
                let sending = Sending::new(
                    attach.snd_settle_mode,
                    attach.max_message_size,
                    max_unsettled,
                );
                (LinkEnd::Sending(sending), attach.rcv_settle_mode)
            }
        };
        let pending = PendingAttach {
            name: attach.name.clone(),
            snd_settle_mode: attach.snd_settle_mode,
            rcv_settle_mode,
        };
        let state = LinkState::Pending(Box::new(pending));
        Link { id, state, end }
    }

    pub(super) fn role(&self) -> Role {
        match self.end {
            LinkEnd::Receiving(_) => Role::Receiver,
            LinkEnd::Sending(_) => Role::Sender,
        }
    }

    pub(super) fn is_attached(&self) -> bool {
        matches!(self.state, LinkState::Attached)
    }

    /// We have detached it: only the handle is taken until the client detaches it too.
    pub(super) fn let_go(&mut self) {
        self.state = LinkState::Detaching;
        match &mut self.end {
            LinkEnd::Receiving(receiving) => receiving.partial = None,
            LinkEnd::Sending(sending) => sending.waiting = VecDeque::new(),
        }
    }

    /// Puts the state of the link into a flow.
    pub(super) fn describe(&self, flow: &mut Flow) {
        flow.handle = Some(self.id.handle);
        match &self.end {
            LinkEnd::Receiving(receiving) => receiving.describe(flow),
            LinkEnd::Sending(sending) => sending.describe(flow),
        }
    }

    /// Our attach. A `None` terminus on both sides is a refusal.
    pub(super) fn attach(&self, pending: &PendingAttach) -> Attach {
        let delivery_count = match &self.end {
            LinkEnd::Sending(sending) => Some(sending.delivery_count()),
            LinkEnd::Receiving(_) => None,
        };
        Attach {
            name: pending.name.clone(),
            handle: self.id.handle,
            role: self.role(),
            snd_settle_mode: pending.snd_settle_mode,
            rcv_settle_mode: pending.rcv_settle_mode,
            source: None,
            target: None,
            unsettled: None,
            incomplete_unsettled: false,
            initial_delivery_count: delivery_count,
            max_message_size: None,
            offered_capabilities: Default::default(),
            desired_capabilities: Default::default(),
            properties: None,
        }
    }

    /// Bytes of an unfinished delivery.
    pub(super) fn assembled(&self) -> usize {
        match &self.end {
            LinkEnd::Receiving(receiving) => receiving.assembled(),
            LinkEnd::Sending(_) => 0,
        }
    }
}
