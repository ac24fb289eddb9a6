//! How much has arrived [3.4.1].

use crate::codec::composite::composite;

composite! {
    /// A position in a message.
    #[derive(Copy, Eq)]
    pub struct Received = RECEIVED {
        /// The section.
        section_number: u32 => required,
        /// Bytes into the section.
        section_offset: u64 => required,
    }
}
