//! A session ends [2.7.8].

use super::AmqpError;
use crate::codec::composite::composite;

composite! {
    /// Frees a channel.
    pub struct End = END {
        /// Why, when something went wrong.
        error: Option<AmqpError> => optional,
    }
}
