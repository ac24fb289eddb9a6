//! Windows of a session and credit of a link [2.7.4].

use crate::codec::composite::composite;
use crate::codec::{Map, SequenceNo};

composite! {
    /// State of a session and, with a handle, of a link.
    pub struct Flow = FLOW {
        /// Transfer frame that this side expects next; null before it has seen the peer's begin.
        next_incoming_id: Option<SequenceNo> => optional,
        /// Transfer frames that this side takes from there on.
        incoming_window: u32 => required,
        /// Transfer frame that this side sends next.
        next_outgoing_id: SequenceNo => required,
        /// Transfer frames that this side may have to send.
        outgoing_window: u32 => required,
        /// The link, as this side numbers it; null for the session alone.
        handle: Option<u32> => optional,
        /// Deliveries of the sender so far, as this side knows it.
        delivery_count: Option<SequenceNo> => optional,
        /// Deliveries that the receiver takes from there on.
        link_credit: Option<u32> => optional,
        /// Deliveries that wait at the sender.
        available: Option<u32> => optional,
        /// The receiver wants its credit used up at once, one way or the other.
        drain: bool => default(false),
        /// The peer is to answer with its own state.
        echo: bool => default(false),
        /// Anything else.
        properties: Option<Map> => optional,
    }
}

impl Flow {
    /// Without a word about a link.
    pub(crate) fn session(
        next_incoming_id: SequenceNo,
        incoming_window: u32,
        next_outgoing_id: SequenceNo,
        outgoing_window: u32,
    ) -> Flow {
        Flow {
            next_incoming_id: Some(next_incoming_id),
            incoming_window,
            next_outgoing_id,
            outgoing_window,
            handle: None,
            delivery_count: None,
            link_credit: None,
            available: None,
            drain: false,
            echo: false,
            properties: None,
        }
    }
}
