//! The message is invalid [3.4.3].

use crate::codec::composite::composite;
use crate::codec::performative::AmqpError;

composite! {
    /// Why a message is not taken.
    pub struct Rejected = REJECTED {
        /// What is wrong with it.
        error: Option<AmqpError> => optional,
    }
}
