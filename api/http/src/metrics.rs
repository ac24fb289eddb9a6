//! What this crate counts. Labels hold route templates, never an id.

use std::time::Duration;

use metrics::{Gauge, histogram};
use metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge};

const REQUESTS: &str = "roost_http_requests_total";
const LATENCY: &str = "roost_http_request_seconds";
const TUNNELS: &str = "roost_http_websocket_tunnels";
const IMPORTED: &str = "roost_http_imported_lines_total";
const EXPORTED: &str = "roost_http_exported_lines_total";
const STREAMS: &str = "roost_http_event_streams";

/// Names, units and meanings for the exporter.
pub fn describe() {
    describe_counter!(
        REQUESTS,
        Unit::Count,
        "answered requests by route template, method and status class"
    );
    describe_histogram!(
        LATENCY,
        Unit::Seconds,
        "time from the head of a request to the head of its answer, by route template"
    );
    describe_counter!(
        IMPORTED,
        Unit::Count,
        "lines of import streams, by whether they were done"
    );
    describe_counter!(
        EXPORTED,
        Unit::Count,
        "devices and modules written to export streams"
    );
    describe_gauge!(TUNNELS, Unit::Count, "WebSocket connections that are open");
    describe_gauge!(
        STREAMS,
        Unit::Count,
        "server-sent event streams that are open"
    );
}

pub(crate) fn answered(route: &'static str, method: &'static str, status: u16, took: Duration) {
    counter!(REQUESTS, "route" => route, "method" => method, "status" => class(status))
        .increment(1);
    histogram!(LATENCY, "route" => route).record(took.as_secs_f64());
}

/// An import has ended.
pub(crate) fn imported(succeeded: u64, failed: u64) {
    counter!(IMPORTED, "outcome" => "succeeded").increment(succeeded);
    counter!(IMPORTED, "outcome" => "failed").increment(failed);
}

pub(crate) fn exported(lines: usize) {
    counter!(EXPORTED).increment(lines as u64);
}

pub(crate) fn tunnel_opened() -> Open {
    Open::new(gauge!(TUNNELS))
}

pub(crate) fn stream_opened() -> Open {
    Open::new(gauge!(STREAMS))
}

/// Counts something as open until it is dropped.
pub(crate) struct Open(Gauge);

impl Open {
    fn new(gauge: Gauge) -> Self {
        gauge.increment(1.0);
        Open(gauge)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.decrement(1.0);
    }
}

fn class(status: u16) -> &'static str {
    match status / 100 {
        1 => "1xx",
        2 => "2xx",
        3 => "3xx",
        4 => "4xx",
        _ => "5xx",
    }
}
