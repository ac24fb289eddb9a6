//! A connection closes [2.7.9].

use super::AmqpError;
use crate::codec::composite::composite;

composite! {
    /// The last frame of each side.
    pub struct Close = CLOSE {
        /// Why, when something went wrong.
        error: Option<AmqpError> => optional,
    }
}
