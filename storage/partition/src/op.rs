//! The operations: each file holds one command's inputs, what it does, and what it answers.
//!
//! `apply` is the authority on every rule: checks made before proposing are a courtesy. It reads no
//! clock and draws nothing; it either refuses and changes nothing, or does all of its work.

mod append_events;
mod attach;
mod build_index;
mod create_identity;
mod delete_checkpoint;
mod delete_identity;
mod detach;
mod edge;
mod imported_twin;
mod put_identity;
mod queue;
mod regenerate_keys;
mod renew;
mod report_twin;
mod scopes;
mod set_checkpoint;
mod subscribe;
mod trim_events;
mod update_identity;
mod update_twin;

pub use append_events::{AppendEvents, AppendRejection, Appended};
pub use attach::{Attach, Attached};
pub use build_index::{BuildIndex, IndexStep};
pub use create_identity::{CreateIdentity, NewIdentity, RegistryLimits};
pub use delete_checkpoint::DeleteCheckpoint;
pub use delete_identity::{DeleteIdentity, Deleted};
pub use detach::{Detach, Detached};
pub use edge::EdgeKeys;
pub use imported_twin::ImportedTwin;
pub use put_identity::{PutIdentity, PutMode};
pub use queue::{
    DeleteDeadLetters, EnqueueMessage, Enqueued, Hold, LockFeedback, LockMessages, Locked,
    PurgeQueue, Purged, QueueCommand, QueueLimits, QueueOutcome, ResubmitDeadLetter,
    SettleFeedback, SettleMessage, SweepQueues, Swept,
};
pub use regenerate_keys::{RegenerateKeys, WhichKey};
pub use renew::{Renew, Renewed};
pub use report_twin::ReportTwin;
pub use set_checkpoint::{Checkpoint, SetCheckpoint};
pub use subscribe::{Subscribe, Subscribed};
pub use trim_events::{TrimEvents, Trimmed};
pub use update_identity::{UpdateIdentity, Updated};
pub use update_twin::{DesiredChange, TwinUpdated, UpdateTwin};

use crate::command::Command;
use crate::context::{Context, Stop};
use crate::error::PartitionError;
use crate::outcome::Outcome;

impl Command {
    /// Does the command's work; a refusal is an outcome like any other.
    pub(crate) fn apply(self, context: &mut Context<'_>) -> Result<Outcome, PartitionError> {
        let outcome = match self {
            Self::CreateIdentity(op) => op
                .apply(context)
                .map(|record| Outcome::Created(Box::new(record))),
            Self::UpdateIdentity(op) => op
                .apply(context)
                .map(|updated| Outcome::Updated(Box::new(updated))),
            Self::DeleteIdentity(op) => op
                .apply(context)
                .map(|deleted| Outcome::Deleted(Box::new(deleted))),
            Self::Attach(op) => op.apply(context).map(Outcome::Attached),
            Self::Detach(op) => op.apply(context).map(Outcome::Detached),
            Self::AppendEvents(op) => op.apply(context).map(Outcome::Appended),
            Self::SetCheckpoint(op) => op.apply(context).map(Outcome::Checkpointed),
            Self::DeleteCheckpoint(op) => op.apply(context).map(|()| Outcome::CheckpointDeleted),
            Self::TrimEvents(op) => op.apply(context).map(Outcome::Trimmed),
            Self::Subscribe(op) => op.apply(context).map(Outcome::Subscribed),
            Self::UpdateTwin(op) => op
                .apply(context)
                .map(|updated| Outcome::TwinUpdated(Box::new(updated))),
            Self::ReportTwin(op) => op.apply(context).map(Outcome::TwinReported),
            Self::Queue(op) => op.apply(context).map(Outcome::Queue),
            Self::PutIdentity(op) => op.apply(context),
            Self::RegenerateKeys(op) => op
                .apply(context)
                .map(|updated| Outcome::Updated(Box::new(updated))),
            Self::Renew(op) => op.apply(context).map(Outcome::Renewed),
            Self::BuildIndex(op) => op.apply(context).map(Outcome::IndexStep),
        };
        match outcome {
            Ok(outcome) => Ok(outcome),
            Err(Stop::Rejected(rejection)) => Ok(Outcome::Rejected(rejection)),
            Err(Stop::Failed(error)) => Err(error),
        }
    }
}
