//! Names of sessions, links and deliveries within a connection.

use crate::codec::SequenceNo;

/// A session. Another session on the same channel later on has another name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId {
    pub(super) channel: u16,
    pub(super) serial: u32,
}

#[cfg(test)]
impl SessionId {
    /// Some session.
    pub(crate) fn for_test() -> SessionId {
        SessionId {
            channel: 0,
            serial: 1,
        }
    }
}

/// A link. Another link under the same handle later on has another name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinkId {
    pub(super) channel: u16,
    pub(super) handle: u32,
    pub(super) serial: u32,
}

/// A delivery on the session of its link, in the direction of its link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeliveryId(pub(super) SequenceNo);
