//! How a message is to be transported [3.2.1].

use crate::codec::composite::composite;

composite! {
    /// The header section.
    #[derive(Default)]
    pub struct Header = HEADER {
        /// Whether it is to survive a restart.
        durable: bool => default(false),
        /// Higher goes first; 4 is usual.
        priority: Option<u8> => optional,
        /// Milliseconds for which it is of use.
        ttl: Option<u32> => optional,
        /// Whether nobody had it before.
        first_acquirer: bool => default(false),
        /// Deliveries before this one that failed.
        delivery_count: u32 => default(0),
    }
}
