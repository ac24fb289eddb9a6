//! The tables that all groups of a node share, and the registry of everything that makes a key.
//!
//! ```text
//! key = group u32 BE │ copy u32 BE │ tail
//!
//! id  table       tail                          value
//!  0  partition   0                             PartitionRow
//!                 1                             membership
//!                 2, sequence number u64 BE     Mark
//!  0  partition   (no copy, no tail)            pointer: the current copy
//!  1  identity    identity key                  IdentityRecord
//!  2  session     identity key                  SessionState
//!  3  event       base sequence number u64 BE   batch header, records
//!  4  checkpoint  consumer group                Checkpoint
//!  5  meta        the cluster's own
//!  6  twin        identity key                  a twin, once it was changed
//!  7  queue       see [`queue`]                 header, message, content, dead letter
//!  8  queue_expiry  time, number, identity key  nothing
//!  9  feedback    0 or 1, number u64 BE         FeedbackRecord, FeedbackBatch
//! 10  index       0                             Catalog
//!                 1, index u32 BE, digest u64 BE, identity key
//! ```
//!
//! A group has one *current* copy of its data. A snapshot is put together as the next copy and becomes
//! current when the pointer is flipped; rows of any other copy are left-overs.
//!
//! Ids and tags are never reused. Values begin with a version byte.

pub(crate) mod checkpoint;
pub(crate) mod event;
pub(crate) mod feedback;
pub(crate) mod identity;
pub(crate) mod mark;
pub(crate) mod membership;
pub(crate) mod partition_row;
pub(crate) mod pointer;
pub(crate) mod prefix;
pub(crate) mod queue;
pub(crate) mod queue_expiry;
pub(crate) mod rows;
pub(crate) mod session;
pub(crate) mod twin;

use roost_engine::{TableId, TableSpec};

/// The partition's own rows.
pub(crate) const PARTITION: TableId = TableId(0);
/// Devices and modules.
pub(crate) const IDENTITY: TableId = TableId(1);
/// Attached sessions.
pub(crate) const SESSION: TableId = TableId(2);
/// Batches of events.
pub(crate) const EVENT: TableId = TableId(3);
/// How far consumer groups have read.
pub(crate) const CHECKPOINT: TableId = TableId(4);
/// Rows of the node and of the meta group; not read by this crate.
pub const META_TABLE: TableId = TableId(5);
/// Twins.
pub(crate) const TWIN: TableId = TableId(6);
/// Cloud-to-device messages.
pub(crate) const QUEUE: TableId = TableId(7);
/// When they expire.
pub(crate) const QUEUE_EXPIRY: TableId = TableId(8);
/// What their senders are told.
pub(crate) const FEEDBACK: TableId = TableId(9);
/// Indexes over twins.
pub(crate) const INDEX: TableId = TableId(10);

/// The tables that make up a copy of a partition, in the order in which snapshots carry them.
pub(crate) const OF_A_PARTITION: [TableId; 10] = [
    PARTITION,
    IDENTITY,
    SESSION,
    EVENT,
    CHECKPOINT,
    TWIN,
    QUEUE,
    QUEUE_EXPIRY,
    FEEDBACK,
    INDEX,
];

/// The tables to open a node's state store with.
pub fn tables() -> Vec<TableSpec> {
    let small = |name| TableSpec {
        name,
        large_values: false,
    };
    vec![
        small("partition"),
        small("identity"),
        small("session"),
        TableSpec {
            name: "event",
            large_values: true,
        },
        small("checkpoint"),
        small("meta"),
        small("twin"),
        small("queue"),
        small("queue_expiry"),
        small("feedback"),
        small("index"),
    ]
}

#[cfg(test)]
mod tests;
