//! A session begins [2.7.2].

use crate::codec::composite::composite;
use crate::codec::{Map, SequenceNo, Symbols};

composite! {
    /// Maps a session to the channel of the frame.
    pub struct Begin = BEGIN {
        /// The channel on which the peer began this session; null from the one that begins first.
        remote_channel: Option<u16> => optional,
        /// Id of the next transfer frame of this side.
        next_outgoing_id: SequenceNo => required,
        /// Transfer frames that this side takes for now.
        incoming_window: u32 => required,
        /// Transfer frames that this side may have to send.
        outgoing_window: u32 => required,
        /// Highest handle that this side takes.
        handle_max: u32 => default(u32::MAX),
        /// Extensions this side has.
        offered_capabilities: Symbols => default(Symbols::default()),
        /// Extensions this side would use.
        desired_capabilities: Symbols => default(Symbols::default()),
        /// Anything else.
        properties: Option<Map> => optional,
    }
}
