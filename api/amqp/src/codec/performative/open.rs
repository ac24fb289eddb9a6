//! What a container says about the connection [2.7.1].

use crate::codec::composite::composite;
use crate::codec::{Map, Symbols};

composite! {
    /// The first frame of each side.
    pub struct Open = OPEN {
        /// Who speaks.
        container_id: String => required,
        /// The host that the client means, as in SNI.
        hostname: Option<String> => optional,
        /// Largest frame in bytes that this side takes.
        max_frame_size: u32 => default(u32::MAX),
        /// Highest channel that this side takes.
        channel_max: u16 => default(u16::MAX),
        /// Milliseconds of silence after which this side gives up; zero and null for none.
        idle_time_out: Option<u32> => optional,
        /// Languages this side writes texts in.
        outgoing_locales: Symbols => default(Symbols::default()),
        /// Languages this side reads.
        incoming_locales: Symbols => default(Symbols::default()),
        /// Extensions this side has.
        offered_capabilities: Symbols => default(Symbols::default()),
        /// Extensions this side would use.
        desired_capabilities: Symbols => default(Symbols::default()),
        /// Product, version, platform.
        properties: Option<Map> => optional,
    }
}
