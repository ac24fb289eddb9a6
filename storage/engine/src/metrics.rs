//! What the databases measure.

use std::time::Duration;

use metrics::{Unit, counter, describe_counter, describe_histogram, histogram};

/// Names, units and meanings, for the endpoint's HELP lines.
pub fn describe() {
    describe_histogram!(
        "roost_log_sync_seconds",
        Unit::Seconds,
        "duration of one synced write of the log database"
    );
    describe_histogram!(
        "roost_log_sync_operations",
        Unit::Count,
        "appends, votes and truncations of all groups that one synced write made durable"
    );
    describe_counter!(
        "roost_log_bytes_total",
        Unit::Bytes,
        "bytes of appended log entries"
    );
    describe_counter!(
        "roost_log_entries_total",
        Unit::Count,
        "appended log entries"
    );
    describe_histogram!(
        "roost_state_flush_seconds",
        Unit::Seconds,
        "duration of one flush of all tables"
    );
}

pub(crate) fn synced(took: Duration, operations: usize) {
    histogram!("roost_log_sync_seconds").record(took.as_secs_f64());
    histogram!("roost_log_sync_operations").record(operations as f64);
}

pub(crate) fn appended(entries: usize, bytes: usize) {
    counter!("roost_log_entries_total").increment(entries as u64);
    counter!("roost_log_bytes_total").increment(bytes as u64);
}

pub(crate) fn flushed(took: Duration) {
    histogram!("roost_state_flush_seconds").record(took.as_secs_f64());
}
