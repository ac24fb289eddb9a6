//! The message was not dealt with and is changed [3.4.5].

use crate::codec::Map;
use crate::codec::composite::composite;

composite! {
    /// What to do with the message before it is delivered again.
    pub struct Modified = MODIFIED {
        /// Count the delivery as failed.
        delivery_failed: bool => default(false),
        /// Deliver it to someone else.
        undeliverable_here: bool => default(false),
        /// Annotations to merge in.
        message_annotations: Option<Map> => optional,
    }
}
