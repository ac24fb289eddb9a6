//! What this layer measures.

use std::time::Duration;

use metrics::{
    Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram,
};
use roost_partition::{QueryPlan, QueueStatistics};

/// Names, units and meanings, for the endpoint's HELP lines.
pub fn describe() {
    describe_gauge!(
        "roost_partitions_led",
        Unit::Count,
        "partitions that this node leads and serves"
    );
    describe_gauge!(
        "roost_sessions",
        Unit::Count,
        "device sessions whose sockets this node holds"
    );
    describe_gauge!(
        "roost_device_actors",
        Unit::Count,
        "device actors in memory on this node"
    );
    describe_counter!(
        "roost_link_connects_total",
        Unit::Count,
        "times that this node's edge connected to a partition's leader"
    );
    describe_counter!(
        "roost_link_retries_total",
        Unit::Count,
        "times that no leader of a partition could be reached"
    );
    describe_counter!(
        "roost_sessions_revoked_total",
        Unit::Count,
        "sessions ended by this node as leader because a policy's key or an authority is gone"
    );
    describe_histogram!(
        "roost_link_recovery_seconds",
        Unit::Seconds,
        "time from losing a partition's leader to having a confirmed one again"
    );
    describe_counter!(
        "roost_link_sessions_confirmed_total",
        Unit::Count,
        "sessions that this node's edge named to a partition's leader"
    );
    describe_gauge!(
        "roost_messages_waiting",
        Unit::Count,
        "cloud-to-device messages in the queues of the partitions that this node leads"
    );
    describe_gauge!(
        "roost_dead_letters",
        Unit::Count,
        "dead letters kept in the partitions that this node leads"
    );
    describe_gauge!(
        "roost_feedback_waiting",
        Unit::Count,
        "records of feedback in the partitions that this node leads that nobody has received"
    );
    describe_gauge!(
        "roost_couriers",
        Unit::Count,
        "devices to whose sessions this node brings messages at the moment"
    );
    describe_requests();
}

fn describe_requests() {
    describe_counter!(
        "roost_event_pages_read_total",
        Unit::Count,
        "pages of events that replicas on this node answered, by role and by where the reader is"
    );
    describe_gauge!(
        "roost_event_readers",
        Unit::Count,
        "readers with a seat whose links this node holds"
    );
    describe_counter!(
        "roost_event_readers_displaced_total",
        Unit::Count,
        "readers at this node that lost their seats, by reason"
    );
    describe_counter!(
        "roost_methods_total",
        Unit::Count,
        "direct methods called through this node, by result"
    );
    describe_histogram!(
        "roost_method_seconds",
        Unit::Seconds,
        "time from a call of a direct method at this node to the device's answer"
    );
    describe_counter!(
        "roost_twin_updates_total",
        Unit::Count,
        "twin updates that leaders on this node acknowledged, by who made them"
    );
    describe_counter!(
        "roost_desired_catch_ups_total",
        Unit::Count,
        "sessions at this node that were told again of changes that they had missed"
    );
    describe_counter!(
        "roost_desired_told_whole_total",
        Unit::Count,
        "sessions that this node's leaders told all desired properties, changes being too long ago"
    );
    describe_histogram!(
        "roost_query_slice_seconds",
        Unit::Seconds,
        "time that a leader worked on a slice of a query, by how it found rows"
    );
    describe_counter!(
        "roost_query_rows_looked_at_total",
        Unit::Count,
        "rows that queries looked at on this node, by how they were found"
    );
    describe_counter!(
        "roost_query_indexes_built_total",
        Unit::Count,
        "indexes that this node's leaders built because queries could use them"
    );
}

/// Where a reader is that a replica on this node answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asker {
    Here,
    Elsewhere,
}

/// A page of events was read from this node's tables.
pub(crate) fn page_read(leads: bool, asker: Asker) {
    let role = if leads { "leader" } else { "follower" };
    let reader = match asker {
        Asker::Here => "here",
        Asker::Elsewhere => "elsewhere",
    };
    counter!("roost_event_pages_read_total", "role" => role, "reader" => reader).increment(1);
}

pub(crate) fn readers(count: usize) {
    gauge!("roost_event_readers").set(count as f64);
}

/// `reason` is `owned` or `crowded`.
pub(crate) fn reader_displaced(reason: &'static str) {
    counter!("roost_event_readers_displaced_total", "reason" => reason).increment(1);
}

pub(crate) fn twin_updated_by_backend() {
    counter!("roost_twin_updates_total", "by" => "backend").increment(1);
}

pub(crate) fn twin_updated_by_device() {
    counter!("roost_twin_updates_total", "by" => "device").increment(1);
}

pub(crate) fn desired_caught_up() {
    counter!("roost_desired_catch_ups_total").increment(1);
}

/// A device got all of its desired properties, because it had missed more changes than are kept.
pub(crate) fn desired_told_whole() {
    counter!("roost_desired_told_whole_total").increment(1);
}

/// Paths are not part of it: there may be any number.
pub(crate) fn query_slice(plan: &QueryPlan, looked_at: u64, took: Duration) {
    let plan = match plan {
        QueryPlan::Scan => "scan",
        QueryPlan::Ids => "ids",
        QueryPlan::Index(_) => "index",
        QueryPlan::Counters => "counters",
    };
    histogram!("roost_query_slice_seconds", "plan" => plan).record(took.as_secs_f64());
    counter!("roost_query_rows_looked_at_total", "plan" => plan).increment(looked_at);
}

pub(crate) fn index_built() {
    counter!("roost_query_indexes_built_total").increment(1);
}

/// A session was ended because the policy or authority that it rested on is gone.
pub(crate) fn session_revoked() {
    counter!("roost_sessions_revoked_total").increment(1);
}

pub(crate) fn leading(change: i8) {
    gauge!("roost_partitions_led").increment(f64::from(change));
}

pub(crate) fn sessions(count: usize) {
    gauge!("roost_sessions").set(count as f64);
}

pub(crate) fn device_activated() {
    gauge!("roost_device_actors").increment(1.0);
}

pub(crate) fn devices_passivated(count: usize) {
    gauge!("roost_device_actors").decrement(count as f64);
}

pub(crate) fn link_connected(sessions: usize) {
    counter!("roost_link_connects_total").increment(1);
    counter!("roost_link_sessions_confirmed_total").increment(sessions as u64);
}

pub(crate) fn link_retried() {
    counter!("roost_link_retries_total").increment(1);
}

pub(crate) fn link_recovered(took: Duration) {
    histogram!("roost_link_recovery_seconds").record(took.as_secs_f64());
}

/// What waits in the partitions that this node leads.
pub(crate) fn queues(led: impl Iterator<Item = QueueStatistics>) {
    let sum = led.fold(QueueStatistics::default(), |sum, part| QueueStatistics {
        queued: sum.queued + part.queued,
        dead_letters: sum.dead_letters + part.dead_letters,
        feedback: sum.feedback + part.feedback,
    });
    gauge!("roost_messages_waiting").set(sum.queued as f64);
    gauge!("roost_dead_letters").set(sum.dead_letters as f64);
    gauge!("roost_feedback_waiting").set(sum.feedback as f64);
}

pub(crate) fn couriers(change: i8) {
    gauge!("roost_couriers").increment(f64::from(change));
}

/// `result` is an error code's name, or `Answered`.
pub(crate) fn method_finished(result: &'static str) {
    counter!("roost_methods_total", "result" => result).increment(1);
}

pub(crate) fn method_answered(took: Duration) {
    histogram!("roost_method_seconds").record(took.as_secs_f64());
}
