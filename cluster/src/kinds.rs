//! The one registry of what travels between nodes. A number is never given to something else.

/// Call: a vote request of a group.
pub(crate) const VOTE: u8 = 1;
/// Call: a pre-vote request of a group.
pub(crate) const PRE_VOTE: u8 = 2;
/// Call: one append request of a group, outside a stream.
pub(crate) const APPEND: u8 = 3;
/// Call: a group's leader hands over.
pub(crate) const TRANSFER_LEADER: u8 = 4;
/// Call: has the peer lost its link to a third node?
pub(crate) const LOST_LINK: u8 = 5;
/// Call: what does the peer know of the cluster and of the caller?
pub(crate) const PROBE: u8 = 6;
/// Call: a proposal for the meta group's leader.
pub(crate) const META_PROPOSE: u8 = 7;
/// Call: has a group, in the peer's knowledge as its leader, let the caller's replica go?
pub(crate) const RELEASED: u8 = 8;
/// Call: which groups does the peer lead, and who votes in them?
pub(crate) const LED: u8 = 9;
/// Call: a message of the layer above.
pub(crate) const SERVICE_CALL: u8 = 16;

/// Stream: append requests of a group and their answers, in order.
pub(crate) const APPEND_STREAM: u8 = 1;
/// Stream: a group's snapshot.
pub(crate) const SNAPSHOT: u8 = 2;
/// Stream: one of the layer above.
pub(crate) const SERVICE_STREAM: u8 = 16;
