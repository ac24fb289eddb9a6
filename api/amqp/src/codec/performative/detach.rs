//! A link detaches [2.7.7].

use super::AmqpError;
use crate::codec::composite::composite;

composite! {
    /// Frees a handle.
    pub struct Detach = DETACH {
        /// The link, as this side numbers it.
        handle: u32 => required,
        /// Whether the link is gone for good.
        closed: bool => default(false),
        /// Why, when something went wrong.
        error: Option<AmqpError> => optional,
    }
}
