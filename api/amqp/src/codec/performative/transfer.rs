//! A delivery or a part of one [2.7.5].

use bytes::Bytes;

use crate::codec::composite::composite;
use crate::codec::delivery_state::DeliveryState;
use crate::codec::{ReceiverSettleMode, SequenceNo};

composite! {
    /// What stands in front of (a part of) a message.
    pub struct Transfer = TRANSFER {
        /// The link, as the sender numbers it.
        handle: u32 => required,
        /// Number of the delivery in the session; may be null in the parts behind the first.
        delivery_id: Option<SequenceNo> => optional,
        /// Name of the delivery on the link; may be null in the parts behind the first.
        delivery_tag: Option<Bytes> => optional,
        /// Zero for an ordinary message.
        message_format: Option<u32> => optional,
        /// Whether no outcome is awaited; null means what an earlier part said, or false.
        settled: Option<bool> => optional,
        /// Whether another part follows.
        more: bool => default(false),
        /// Which end settles first, in place of what the link says.
        rcv_settle_mode: Option<ReceiverSettleMode> => optional,
        /// State of the delivery at the sender.
        state: Option<DeliveryState> => optional,
        /// Whether this goes on with a delivery from before the link was lost.
        resume: bool => default(false),
        /// Whether the sender gives the delivery up.
        aborted: bool => default(false),
        /// Whether the receiver may wait with the disposition.
        batchable: bool => default(false),
    }
}
