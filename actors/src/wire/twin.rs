//! What is asked about twins, and the answers.

use bincode::{Decode, Encode};
use roost_model::twin::SectionChange;
use roost_model::{ConnectionEpoch, Identity, IdentityRecord, Patch, Precondition, Status};

/// About one twin, or about many of one partition.
#[derive(Debug, Clone, Encode, Decode)]
pub(crate) enum TwinRequest {
    /// A back end reads it.
    Read(Identity),
    /// A back end changes it.
    Update(Identity, Box<TwinChange>),
    /// A device reads its own.
    Fetch(Identity, ConnectionEpoch),
    /// A device reports.
    Report {
        identity: Identity,
        epoch: ConnectionEpoch,
        /// `$version` that the device expects.
        expected: Option<u64>,
        patch: Patch,
    },
    /// Whose desired properties are no longer at the version that the session was told last.
    Changed(Vec<(Identity, ConnectionEpoch, u64)>),
}

/// What a back end wants of a twin. A section that is not mentioned stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct TwinChange {
    /// What its `If-Match` asks of the twin's entity tag.
    pub precondition: Precondition,
    /// Whether it replaces, as those are told who watch.
    pub replace: bool,
    /// What is to become of the tags.
    pub tags: Option<SectionChange>,
    /// What is to become of the desired properties.
    pub desired: Option<SectionChange>,
}

/// What the leader answers.
#[derive(Debug, Clone, Encode, Decode)]
pub(crate) enum TwinAnswer {
    /// To a back end.
    Document(Box<Document>),
    /// To a device: the twin's bytes, none if it was never changed.
    Fetched(Option<Vec<u8>>),
    /// `$version` of the reported properties.
    Reported(u64),
    /// For each session in question what it has missed.
    Changed(Vec<Missed>),
}

/// Notifications that a session has not handed on.
#[derive(Debug, Clone, Default, Encode, Decode)]
pub(crate) struct Missed {
    /// `$version` and body of each, in order: the changes behind the version that the session knows,
    /// or one of all properties, when those changes are too long ago.
    pub(crate) notices: Vec<(u64, Vec<u8>)>,
    /// There are later ones, too many for one answer.
    pub(crate) more: bool,
}

/// A twin with what the registry adds to it.
#[derive(Debug, Clone, Encode, Decode)]
pub(crate) struct Document {
    pub(crate) record: IdentityRecord,
    /// Of the device, also when the twin is a module's.
    pub(crate) status: Status,
    pub(crate) connected: bool,
    pub(crate) model_id: Option<String>,
    /// Messages in its queue.
    pub(crate) waiting: u32,
    pub(crate) twin: Option<Vec<u8>>,
}

// === impl TwinRequest ===

impl TwinRequest {
    pub(crate) fn only_looks(&self) -> bool {
        matches!(self, Self::Read(_) | Self::Fetch(..) | Self::Changed(_))
    }
}
