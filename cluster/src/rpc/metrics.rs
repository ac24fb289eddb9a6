//! What the mux measures.

use metrics::{Unit, counter, describe_counter, describe_gauge, gauge};

use super::hello::Lane;

const FRAMES_SENT: &str = "roost_rpc_frames_sent_total";
const BYTES_SENT: &str = "roost_rpc_bytes_sent_total";
const FLUSHES: &str = "roost_rpc_flushes_total";
const FRAMES_RECEIVED: &str = "roost_rpc_frames_received_total";
const BYTES_RECEIVED: &str = "roost_rpc_bytes_received_total";
const CONNECTIONS: &str = "roost_rpc_connections";
const DIALS_FAILED: &str = "roost_rpc_dials_failed_total";
const HANDSHAKES_REFUSED: &str = "roost_rpc_handshakes_refused_total";
const LINKS_LOST: &str = "roost_rpc_links_lost_total";
const CALLS_FAILED: &str = "roost_rpc_calls_failed_total";
const VIOLATIONS: &str = "roost_rpc_protocol_violations_total";

/// Names, units and meanings, for the endpoint's HELP lines.
pub fn describe_metrics() {
    describe_counter!(
        FRAMES_SENT,
        Unit::Count,
        "frames written to other nodes, by lane"
    );
    describe_counter!(
        BYTES_SENT,
        Unit::Bytes,
        "bytes written to other nodes before TLS, by lane"
    );
    describe_counter!(
        FLUSHES,
        Unit::Count,
        "flushes that carried those frames, by lane"
    );
    describe_counter!(
        FRAMES_RECEIVED,
        Unit::Count,
        "frames read from other nodes, by lane"
    );
    describe_counter!(
        BYTES_RECEIVED,
        Unit::Bytes,
        "bytes read from other nodes, by lane"
    );
    describe_gauge!(
        CONNECTIONS,
        Unit::Count,
        "open connections with other nodes, by lane"
    );
    describe_counter!(
        DIALS_FAILED,
        Unit::Count,
        "attempts to connect to a node that failed"
    );
    describe_counter!(
        HANDSHAKES_REFUSED,
        Unit::Count,
        "connections of others that were refused"
    );
    describe_counter!(
        LINKS_LOST,
        Unit::Count,
        "times that a link to a node went down"
    );
    describe_counter!(
        CALLS_FAILED,
        Unit::Count,
        "calls to other nodes without an answer, by reason"
    );
    describe_counter!(
        VIOLATIONS,
        Unit::Count,
        "connections ended because of bad bytes"
    );
}

pub(crate) fn flushed(lane: Lane, frames: u64, bytes: u64) {
    counter!(FRAMES_SENT, "lane" => lane.name()).increment(frames);
    counter!(BYTES_SENT, "lane" => lane.name()).increment(bytes);
    counter!(FLUSHES, "lane" => lane.name()).increment(1);
}

pub(crate) fn received(lane: Lane, frames: u64, bytes: u64) {
    counter!(FRAMES_RECEIVED, "lane" => lane.name()).increment(frames);
    counter!(BYTES_RECEIVED, "lane" => lane.name()).increment(bytes);
}

pub(crate) fn connection_opened(lane: Lane) {
    gauge!(CONNECTIONS, "lane" => lane.name()).increment(1);
}

pub(crate) fn connection_closed(lane: Lane) {
    gauge!(CONNECTIONS, "lane" => lane.name()).decrement(1);
}

pub(crate) fn dial_failed() {
    counter!(DIALS_FAILED).increment(1);
}

pub(crate) fn handshake_refused() {
    counter!(HANDSHAKES_REFUSED).increment(1);
}

pub(crate) fn link_lost() {
    counter!(LINKS_LOST).increment(1);
}

pub(crate) fn call_failed(reason: &'static str) {
    counter!(CALLS_FAILED, "reason" => reason).increment(1);
}

pub(crate) fn violation() {
    counter!(VIOLATIONS).increment(1);
}
