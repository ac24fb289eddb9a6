//! What applying a command answers to its proposer.

use roost_model::{ConnectionEpoch, Identity, IdentityRecord, Incarnation, NodeId};

use crate::op::{
    Appended, Attached, Checkpoint, Deleted, Detached, IndexStep, QueueOutcome, Renewed,
    Subscribed, Trimmed, TwinUpdated, Updated,
};
use crate::rejection::Rejection;

/// The outcomes of one entry's commands, in order. None for an entry without commands; the one
/// outcome [`Outcome::Skipped`] for an entry that was applied before.
pub type Answer = Vec<Outcome>;

/// What a command came to.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// Of `CreateIdentity`, and of a `PutIdentity` of what was not there.
    Created(Box<IdentityRecord>),
    /// Of `UpdateIdentity`, `RegenerateKeys`, and of a `PutIdentity` of what was there.
    Updated(Box<Updated>),
    /// Of `DeleteIdentity`.
    Deleted(Box<Deleted>),
    /// Of `Attach`.
    Attached(Attached),
    /// Of `Detach`.
    Detached(Detached),
    /// Of `AppendEvents`.
    Appended(Appended),
    /// Of `SetCheckpoint`.
    Checkpointed(Checkpoint),
    /// Of `DeleteCheckpoint`: there is none any more.
    CheckpointDeleted,
    /// Of `TrimEvents`.
    Trimmed(Trimmed),
    /// Of `Subscribe`.
    Subscribed(Subscribed),
    /// Of `UpdateTwin`.
    TwinUpdated(Box<TwinUpdated>),
    /// Of `ReportTwin`: `$version` of the reported properties.
    TwinReported(u64),
    /// Of `Queue`.
    Queue(QueueOutcome),
    /// Of `BuildIndex`.
    IndexStep(IndexStep),
    /// Of `Renew`.
    Renewed(Renewed),
    /// The command was refused and changed nothing.
    Rejected(Rejection),
    /// The entry had been applied before.
    Skipped,
}

/// A session that is over: the node that holds its connection must cut it.
#[derive(Debug, Clone, PartialEq, Eq, bincode::Encode, bincode::Decode)]
pub struct EndedSession {
    /// Whose it was.
    pub identity: Identity,
    /// Which of the identity's sessions.
    pub epoch: ConnectionEpoch,
    /// The node that holds the connection.
    pub node: NodeId,
    /// The start of that node in which the connection was made.
    pub incarnation: Incarnation,
}
