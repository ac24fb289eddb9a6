//! Where in the replicated log a replica stands.

use std::cmp::Ordering;

use bytes::Bytes;

/// The place of an entry in the replicated log.
///
/// Ordered as Raft orders log ids: by term, then by index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, bincode::Encode, bincode::Decode)]
pub struct Position {
    /// The entry's number in the log.
    pub index: u64,
    /// The term in which it was proposed.
    pub term: u64,
}

/// What an entry of the log carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Payload {
    /// Nothing: marks the begin of a term.
    Blank,
    /// The group's membership, in bytes that this crate keeps and does not read.
    Membership(Bytes),
    /// An encoded [`Envelope`](crate::Envelope).
    Command(Bytes),
}

/// What a replica has taken in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Applied {
    /// The last applied entry; none before the first.
    pub position: Option<Position>,
    /// The last membership, and the entry that brought it.
    pub membership: Option<(Option<Position>, Bytes)>,
}

// === impl Position ===

impl Ord for Position {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.term, self.index).cmp(&(other.term, other.index))
    }
}

impl PartialOrd for Position {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl std::fmt::Display for Position {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}@{}", self.index, self.term)
    }
}
