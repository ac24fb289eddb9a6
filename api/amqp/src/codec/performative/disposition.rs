//! States of deliveries change [2.7.6].

use crate::codec::composite::composite;
use crate::codec::delivery_state::DeliveryState;
use crate::codec::{Role, SequenceNo};

composite! {
    /// One state for all deliveries from `first` to `last`.
    pub struct Disposition = DISPOSITION {
        /// Role of the side that speaks.
        role: Role => required,
        /// The first delivery.
        first: SequenceNo => required,
        /// The last delivery; null for the first alone.
        last: Option<SequenceNo> => optional,
        /// Whether this side forgets the deliveries.
        settled: bool => default(false),
        /// Their state; null for none.
        state: Option<DeliveryState> => optional,
        /// Whether the peer may wait with its answer.
        batchable: bool => default(false),
    }
}
