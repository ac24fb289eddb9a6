//! What the edge measures. Labels are protocols and codes, never ids.

use metrics::{Unit, counter, describe_counter, describe_gauge, gauge};
use roost_model::{ErrorCode, Timestamp};

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
    describe_gauge!(
        "roost_tls_certificate_not_after_seconds",
        Unit::Seconds,
        "when the server's certificate runs out, in seconds since 1970"
    );
    describe_counter!(
        "roost_tls_certificate_reloads_total",
        Unit::Count,
        "times that the server's certificate was read again, by result"
    );
    describe_counter!(
        "roost_edge_event_bytes_total",
        Unit::Bytes,
        "their size as the service counts it, by protocol"
    );
}

/// The server's certificate that new handshakes see runs out then.
pub(crate) fn certificate_not_after(at: Timestamp) {
    gauge!("roost_tls_certificate_not_after_seconds").set(at.as_secs() as f64);
}

pub(crate) fn certificate_reloaded() {
    counter!("roost_tls_certificate_reloads_total", "result" => "done").increment(1);
}

pub(crate) fn certificate_reload_failed() {
    counter!("roost_tls_certificate_reloads_total", "result" => "failed").increment(1);
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
