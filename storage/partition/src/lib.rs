//! The replicated state machine of one partition: registry, sessions, event stream, checkpoints, and
//! the queues of cloud-to-device messages.
//!
//! Committed log entries go in through [`Partition::apply`], in order; what they come to is an
//! [`Outcome`] for each command. Applying is synchronous and deterministic: no clock, no randomness, no
//! order that a hash map chose. Time comes with the [`Envelope`], keys and limits with the commands. So
//! every replica holds the same rows at the same position, however it got there: by applying, by
//! re-applying after a crash, or by taking in a snapshot.
//!
//! ```text
//!  op/*        one command each: inputs, rules, answer
//!  context     what operations work on: rows as earlier commands left them, counters, sessions
//!  partition   open, apply, adopt, destroy
//!  reader      everything that is read, from any thread
//!  query       answers to queries over twins; index: which paths have an index
//!  export ─► chunks ─► import     a replica's rows, for another one
//!  table/*     one kind of row each; the registry of keys
//!  invariant   what must hold at all times
//! ```
//!
//! Writes are not synced: the log is. [`Flusher::flush`] tells up to where the log is no longer needed.

mod chunk;
mod command;
mod context;
mod digest;
mod error;
mod export;
mod flusher;
mod hub_events;
mod import;
mod index;
pub mod invariant;
pub mod metrics;
mod moment;
mod op;
mod outcome;
mod partition;
mod position;
mod query;
mod reader;
mod recent;
mod rejection;
pub mod retention;
mod session;
mod sessions;
mod settings;
mod shared;
mod table;
mod transaction;
mod will;

#[cfg(test)]
mod tests;

pub use command::{Command, Envelope};
pub use error::{PartitionError, SnapshotError};
pub use export::Export;
pub use flusher::Flusher;
pub use hub_events::HubEvents;
pub use import::Import;
pub use index::IndexPath;
pub use op::{
    AppendEvents, AppendRejection, Appended, Attach, Attached, BuildIndex, Checkpoint,
    CreateIdentity, DeleteCheckpoint, DeleteDeadLetters, DeleteIdentity, Deleted, DesiredChange,
    Detach, Detached, EdgeKeys, EnqueueMessage, Enqueued, Hold, ImportedTwin, IndexStep,
    LockFeedback, LockMessages, Locked, NewIdentity, PurgeQueue, Purged, PutIdentity, PutMode,
    QueueCommand, QueueLimits, QueueOutcome, RegenerateKeys, RegistryLimits, Renew, Renewed,
    ReportTwin, ResubmitDeadLetter, SetCheckpoint, SettleFeedback, SettleMessage, Subscribe,
    Subscribed, SweepQueues, Swept, TrimEvents, Trimmed, TwinUpdated, UpdateIdentity, UpdateTwin,
    Updated, WhichKey,
};
pub use outcome::{Answer, EndedSession, Outcome};
pub use partition::Partition;
pub use position::{Applied, Payload, Position};
pub use query::{
    GroupRow, QueryFailure, QueryPart, QueryPlan, QueryRow, QueryRun, QuerySlice, SortPlace,
};
pub use reader::{
    EventBounds, KeptLetter, QueueStatistics, Reader, RegistryRow, RegistryView, Statistics,
    WaitingMessage,
};
pub use rejection::Rejection;
pub use roost_model::DetachReason;
pub use session::SessionState;
pub use settings::{AppendHook, Cadence, PartitionSettings};
pub use table::{META_TABLE, tables};
pub use will::Will;
