//! A link attaches [2.7.3].

use crate::codec::composite::composite;
use crate::codec::terminus::{Source, TargetArchetype};
use crate::codec::{Map, ReceiverSettleMode, Role, SenderSettleMode, SequenceNo, Symbols};

composite! {
    /// Maps a link to a handle. A refusing end answers with a null source or target and detaches.
    pub struct Attach = ATTACH {
        /// Name of the link, unique in its direction between the two containers.
        name: String => required,
        /// Number under which this side speaks of the link.
        handle: u32 => required,
        /// Role of this side.
        role: Role => required,
        /// When the sender settles.
        snd_settle_mode: SenderSettleMode => default(SenderSettleMode::Mixed),
        /// Which end settles first.
        rcv_settle_mode: ReceiverSettleMode => default(ReceiverSettleMode::First),
        /// Where messages come from.
        source: Option<Source> => optional,
        /// Where messages go to.
        target: Option<TargetArchetype> => optional,
        /// Deliveries from before a link was lost; links are not resumed, so nobody looks at them.
        unsettled: Option<Map> => optional,
        /// Whether `unsettled` did not fit into the frame.
        incomplete_unsettled: bool => default(false),
        /// The sender's count of deliveries at the start.
        initial_delivery_count: Option<SequenceNo> => optional,
        /// Bytes of the largest message that this side takes; zero and null for no bound.
        max_message_size: Option<u64> => optional,
        /// Extensions this side has.
        offered_capabilities: Symbols => default(Symbols::default()),
        /// Extensions this side would use.
        desired_capabilities: Symbols => default(Symbols::default()),
        /// `com.microsoft:client-version` and its like.
        properties: Option<Map> => optional,
    }
}
