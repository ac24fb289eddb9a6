//! What the databases measure. Labels never name a device or a group.

use std::time::Duration;

use metrics::{Unit, counter, describe_counter, describe_histogram, histogram};

const LOG_SYNCS: &str = "roost_log_syncs_total";
const LOG_SYNC_SECONDS: &str = "roost_log_sync_seconds";
const LOG_SYNC_ENTRIES: &str = "roost_log_sync_entries";
const LOG_SYNC_OPERATIONS: &str = "roost_log_sync_operations";
const LOG_ENTRIES: &str = "roost_log_entries_total";
const LOG_BYTES: &str = "roost_log_bytes_total";
const STATE_FLUSHES: &str = "roost_state_flushes_total";
const STATE_FLUSH_SECONDS: &str = "roost_state_flush_seconds";
const STATE_BYTES: &str = "roost_state_bytes_total";

/// Names, units and meanings, for the endpoint's HELP lines.
pub fn describe() {
    describe_counter!(LOG_SYNCS, Unit::Count, "synced writes of the log database");
    describe_histogram!(
        LOG_SYNC_SECONDS,
        Unit::Seconds,
        "duration of one synced write of the log database, fsync included"
    );
    describe_histogram!(
        LOG_SYNC_ENTRIES,
        Unit::Count,
        "log entries of all groups that one synced write made durable"
    );
    describe_histogram!(
        LOG_SYNC_OPERATIONS,
        Unit::Count,
        "appends, votes, truncations and purges of all groups that one synced write made durable"
    );
    describe_counter!(LOG_ENTRIES, Unit::Count, "log entries written");
    describe_counter!(LOG_BYTES, Unit::Bytes, "bytes of log entries written");
    describe_counter!(
        STATE_FLUSHES,
        Unit::Count,
        "flushes of all tables that were asked for"
    );
    describe_histogram!(
        STATE_FLUSH_SECONDS,
        Unit::Seconds,
        "duration of one flush of all tables"
    );
    describe_counter!(
        STATE_BYTES,
        Unit::Bytes,
        "bytes of keys and values written to tables"
    );
}

/// One synced write of the log.
pub(crate) fn log_synced(took: Duration, operations: usize, entries: usize) {
    counter!(LOG_SYNCS).increment(1);
    histogram!(LOG_SYNC_SECONDS).record(took.as_secs_f64());
    histogram!(LOG_SYNC_OPERATIONS).record(operations as f64);
    histogram!(LOG_SYNC_ENTRIES).record(entries as f64);
}

pub(crate) fn log_written(entries: usize, bytes: usize) {
    counter!(LOG_ENTRIES).increment(entries as u64);
    counter!(LOG_BYTES).increment(bytes as u64);
}

pub(crate) fn state_written(bytes: usize) {
    counter!(STATE_BYTES).increment(bytes as u64);
}

pub(crate) fn state_flushed(took: Duration) {
    counter!(STATE_FLUSHES).increment(1);
    histogram!(STATE_FLUSH_SECONDS).record(took.as_secs_f64());
}
