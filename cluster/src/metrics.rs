//! What the cluster layer measures.

use metrics::{Unit, counter, describe_counter, describe_histogram, histogram};

/// Names, units and meanings, for the endpoint's HELP lines.
pub fn describe() {
    describe_counter!(
        "roost_raft_entries_proposed_total",
        Unit::Count,
        "log entries that this node proposed as a partition's leader"
    );
    describe_histogram!(
        "roost_raft_entry_bytes",
        Unit::Bytes,
        "size of the log entries that this node proposed"
    );
    describe_histogram!(
        "roost_raft_entry_proposals",
        Unit::Count,
        "proposals that one log entry carries"
    );
    describe_counter!(
        "roost_raft_snapshots_sent_total",
        Unit::Count,
        "snapshots that replicas elsewhere took in from this node"
    );
    describe_counter!(
        "roost_raft_snapshots_installed_total",
        Unit::Count,
        "snapshots that replicas on this node took in"
    );
    crate::rpc::describe_metrics();
}

pub(crate) fn entry_proposed(bytes: usize, proposals: usize) {
    counter!("roost_raft_entries_proposed_total").increment(1);
    histogram!("roost_raft_entry_bytes").record(bytes as f64);
    histogram!("roost_raft_entry_proposals").record(proposals as f64);
}

pub(crate) fn snapshot_sent() {
    counter!("roost_raft_snapshots_sent_total").increment(1);
}

pub(crate) fn snapshot_installed() {
    counter!("roost_raft_snapshots_installed_total").increment(1);
}
