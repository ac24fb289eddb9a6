//! What edges and leaders say to each other about readers.

use bincode::{Decode, Encode};
use roost_model::{ErrorCode, NodeId};

use crate::client::HubError;
use crate::wire::Refused;

/// What an edge asks a partition's leader about its readers.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) enum ReadersRequest {
    /// A new reader wants a seat.
    Sit { node: NodeId, claim: Claim },
    /// All readers of the partition at a node. Others of it whose numbers are below have gone.
    Name {
        node: NodeId,
        below: u64,
        claims: Vec<Claim>,
    },
}

/// What the leader answers.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) enum ReadersAnswer {
    Seated(Stamp),
    /// For each that was named, why it has to go, or nothing.
    Named(Vec<Option<Denial>>),
}

/// A reader.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Claim {
    /// Tells it from all others of its node, also of an earlier start. A later one has a higher number.
    pub(crate) number: u64,
    /// Its consumer group, in lower case.
    pub(crate) group: String,
    pub(crate) level: Option<i64>,
    pub(crate) name: String,
    /// The seat that it was granted, if it was.
    pub(crate) granted: Option<Stamp>,
}

/// Orders the seats that were ever granted in a partition: by term of the leader, then by count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub(crate) struct Stamp {
    pub(crate) term: u64,
    pub(crate) count: u64,
}

/// Why a reader gets no seat, or loses it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) enum Denial {
    /// Another one owns the partition.
    Owned { level: i64, by: String },
    /// As many read as may.
    Crowded { most: u32 },
}

// === impl Denial ===

impl Denial {
    /// The label of metrics.
    pub(crate) fn label(&self) -> &'static str {
        match self {
            Denial::Owned { .. } => "owned",
            Denial::Crowded { .. } => "crowded",
        }
    }

    fn code(&self) -> ErrorCode {
        match self {
            Denial::Owned { .. } => ErrorCode::ConnectionForcefullyClosedOnNewConnection,
            Denial::Crowded { .. } => ErrorCode::IotHubQuotaExceeded,
        }
    }
}

impl std::fmt::Display for Denial {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Denial::Owned { level, by } => write!(
                f,
                "the reader {by:?} with the owner level {level} has the partition"
            ),
            Denial::Crowded { most } => {
                write!(
                    f,
                    "{most} readers of the group are on this partition already"
                )
            }
        }
    }
}

impl From<Denial> for Refused {
    fn from(denial: Denial) -> Refused {
        Refused::rejected(denial.code(), denial.to_string())
    }
}

impl From<&Denial> for HubError {
    fn from(denial: &Denial) -> HubError {
        HubError::new(denial.code(), denial.to_string())
    }
}
