//! What the edge measures. Labels are protocols and codes, never ids.

use metrics::{Unit, counter, describe_counter, describe_gauge, gauge};
use roost_model::ErrorCode;

use crate::request::Protocol;

/// Names, units and meanings, for the endpoint's HELP lines.
pub fn describe() {
    describe_gauge!(
        "roost_edge_connections",
        Unit::Count,
        "attached device connections, by protocol"
    );
    describe_counter!(
        "roost_edge_refusals_total",
        Unit::Count,
        "connections and requests of devices that were refused, by protocol and error code"
    );
    describe_counter!(
        "roost_edge_events_total",
        Unit::Count,
        "events (or HTTPS batches) accepted into the queue, by protocol"
    );
    describe_counter!(
        "roost_edge_event_bytes_total",
        Unit::Bytes,
        "their size as the service counts it, by protocol"
    );
}

pub(crate) fn connected(protocol: Protocol) {
    gauge!("roost_edge_connections", "protocol" => protocol.name()).increment(1.0);
}

pub(crate) fn disconnected(protocol: Protocol) {
    gauge!("roost_edge_connections", "protocol" => protocol.name()).decrement(1.0);
}

pub(crate) fn refused(protocol: Protocol, code: ErrorCode) {
    counter!(
        "roost_edge_refusals_total",
        "protocol" => protocol.name(),
        "code" => code.name()
    )
    .increment(1);
}

pub(crate) fn event_received(protocol: Protocol, bytes: usize) {
    counter!("roost_edge_events_total", "protocol" => protocol.name()).increment(1);
    counter!("roost_edge_event_bytes_total", "protocol" => protocol.name()).increment(bytes as u64);
}
