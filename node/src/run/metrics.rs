//! The node's own numbers, and the descriptions of all layers'.

use metrics::{Unit, describe_gauge, gauge};

const BUILD: &str = "roost_build_info";
const RESIDENT: &str = "process_resident_memory_bytes";
const OPEN_FILES: &str = "process_open_fds";
const READY: &str = "roost_node_ready";

/// Tells the recorder what every name means.
pub(super) fn describe() {
    roost_engine::describe();
    roost_partition::metrics::describe();
    roost_cluster::describe();
    roost_cluster::rpc::describe_metrics();
    roost_actors::describe();
    roost_edge::describe();
    roost_mqtt::metrics::describe();
    roost_amqp::describe();
    roost_http::metrics::describe();
    describe_gauge!(BUILD, "1, with the version as label");
    describe_gauge!(
        RESIDENT,
        Unit::Bytes,
        "memory of the process that is in RAM"
    );
    describe_gauge!(
        OPEN_FILES,
        Unit::Count,
        "open files and sockets of the process"
    );
    describe_gauge!(
        READY,
        "1 while the node serves, 0 while it should get no traffic"
    );
    gauge!(BUILD, "version" => env!("CARGO_PKG_VERSION")).set(1.0);
}

/// Notes whether the node serves.
pub(super) fn ready(ready: bool) {
    gauge!(READY).set(if ready { 1.0 } else { 0.0 });
}

/// Looks at the process; called when the metrics are asked for.
pub(super) fn observe_process() {
    if let Some(bytes) = resident_bytes() {
        gauge!(RESIDENT).set(bytes as f64);
    }
    if let Ok(files) = std::fs::read_dir("/proc/self/fd") {
        gauge!(OPEN_FILES).set(files.count() as f64);
    }
}

/// The second field of `statm` counts resident pages (proc(5)).
fn resident_bytes() -> Option<u64> {
    let statm = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = statm.split(' ').nth(1)?.parse().ok()?;
    Some(pages * rustix::param::page_size() as u64)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_process_knows_how_much_memory_it_has() {
        assert!(super::resident_bytes().unwrap() > 1 << 20);
    }
}
