//! Outcomes without fields [3.4.2] [3.4.4].

use crate::codec::composite::composite;

composite! {
    /// The message is dealt with.
    pub struct Accepted = ACCEPTED {}
}

composite! {
    /// The message was not and will not be dealt with.
    pub struct Released = RELEASED {}
}
