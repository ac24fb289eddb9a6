//! Bytes on disk: the two databases of a node.
//!
//! | | [`LogStore`] | [`StateStore`] |
//! |---|---|---|
//! | holds | Raft logs and votes of all groups | tables of all partitions |
//! | durable | when a completion runs: one fsync for many groups | after [`StateStore::flush`] |
//! | write-ahead log | the point of it | off: the Raft log is replayed instead |
//! | after a crash | everything whose completion ran | a prefix of the writes, whole over all tables |
//!
//! RocksDB is named here and nowhere above.

mod batch;
mod error;
mod failure;
mod files;
mod log;
mod metrics;
mod options;
mod seeded;
mod state;
mod table;
#[cfg(test)]
mod testing;

pub use batch::Batch;
pub use error::EngineError;
pub use failure::Failed;
pub use log::{Completion, GroupId, GroupLog, LogDrive, LogStore, Step as LogStep};
pub use metrics::describe;
pub use options::{LogOptions, StateOptions};
pub use seeded::SeededBug;
pub use state::{BulkWriter, Cursor, Row, Scan, StateStore, View};
pub use table::{TableId, TableSpec};
