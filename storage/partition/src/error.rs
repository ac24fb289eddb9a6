//! Why a replica cannot go on.

use roost_engine::EngineError;
use roost_model::{BatchError, CodecError, RecordError, SequenceNumber};

use crate::position::Position;

/// Trouble below or beside the replicated behaviour. A replica whose `apply` failed has stopped:
/// it is opened anew from disk, or rebuilt from the others.
#[derive(Debug, Clone, thiserror::Error)]
pub enum PartitionError {
    /// The database failed.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// An entry of the log cannot be read.
    #[error("entry {position} cannot be read: {error}")]
    Command {
        /// Which entry.
        position: Position,
        /// What is wrong with it.
        error: CodecError,
    },
    /// The records of an append are not what the command says.
    #[error("an append holds malformed records: {0}")]
    Records(BatchError),
    /// Entries are missing before this one.
    #[error("entry {found} does not follow on {applied:?}")]
    Gap {
        /// The last applied entry.
        applied: Option<Position>,
        /// The entry that came.
        found: Position,
    },
    /// A stored row cannot be read.
    #[error("a row of table {table} is damaged: {error}")]
    Row {
        /// The table's name.
        table: &'static str,
        /// What is wrong with it.
        error: String,
    },
    /// An event that must be there is not.
    #[error("the event at {0} is missing")]
    EventMissing(SequenceNumber),
    /// The data belongs to another partition.
    #[error("the data belongs to partition {found}, not to {expected}")]
    OtherPartition {
        /// The partition that was asked for.
        expected: u16,
        /// The partition that the data names.
        found: u16,
    },
    /// An earlier apply failed half way.
    #[error("the replica has stopped after an earlier error")]
    Stopped,
    /// A snapshot stream is not what an export gave.
    #[error("snapshot: {0}")]
    Snapshot(#[from] SnapshotError),
}

/// What is wrong with a snapshot stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SnapshotError {
    /// A chunk is shorter than it says.
    #[error("a chunk is cut off")]
    Truncated,
    /// A layout that this version does not know.
    #[error("chunk version {0} is not known")]
    UnknownVersion(u8),
    /// A chunk whose checksum differs.
    #[error("a chunk is damaged")]
    Damaged,
    /// A chunk is missing, doubled or out of order.
    #[error("chunk {found} came where {expected} was due")]
    OutOfOrder {
        /// The number of the chunk that was due.
        expected: u32,
        /// The number of the chunk that came.
        found: u32,
    },
    /// Bytes inside a chunk make no sense.
    #[error("a chunk is malformed")]
    Malformed,
    /// Rows are not in ascending order.
    #[error("rows are out of order")]
    Unsorted,
    /// The last chunk counts otherwise.
    #[error("the stream holds other rows than its end says")]
    CountMismatch,
    /// The stream ended before its last chunk.
    #[error("the stream is incomplete")]
    Incomplete,
    /// More came after the last chunk.
    #[error("the stream goes on after its end")]
    AfterEnd,
    /// The snapshot is older than what the replica has.
    #[error("the snapshot is older than the replica")]
    Stale,
}

impl PartitionError {
    pub(crate) fn row(table: &'static str, error: impl std::fmt::Display) -> Self {
        Self::Row {
            table,
            error: error.to_string(),
        }
    }
}

impl From<RecordError> for PartitionError {
    fn from(error: RecordError) -> Self {
        Self::Records(BatchError::Record(error))
    }
}
