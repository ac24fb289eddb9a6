//! Everything that a hub does at once, on real processes, while the node that leads the most partitions
//! is killed with -9 ten times: promises 1, 4, 5 and 6 of the architecture, and that a direct method
//! runs once at most.

use std::net::Ipv4Addr;
use std::path::Path;

use roost_chaos::mixed::{self, Plan, Report};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twins_messages_and_methods_keep_their_promises_when_the_busiest_node_is_killed_ten_times()
{
    let plan = Plan {
        devices: 6,
        publishers: 6,
        rounds: 10,
        hasty: false,
        folder: Path::new(env!("CARGO_TARGET_TMPDIR")).join("mixed"),
        first_address: Ipv4Addr::new(127, 0, 22, 1),
    };
    let report = mixed::run(&plan).await.unwrap();
    println!("{report}");
    let broken = report.broken_promises();
    assert!(
        broken.is_empty(),
        "{} promises were broken:\n{}",
        broken.len(),
        broken.join("\n")
    );
    saw_enough(&report);
}

/// A check that saw nothing tells nothing.
fn saw_enough(report: &Report) {
    let evidence = &report.evidence;
    for (what, seen, enough) in [
        ("changes of twins", evidence.changes, 2000),
        ("acknowledged writes", evidence.writes, 2000),
        ("acknowledged writes with a tag", evidence.swaps, 200),
        ("versions", evidence.versions, 5000),
        (
            "notifications of desired properties",
            evidence.notices,
            1000,
        ),
        ("broken connections", evidence.broken_connections, 10),
        ("settled messages", evidence.feedback, 500),
        ("methods", evidence.runs, 500),
        ("telemetry", report.telemetry.acked, 1000),
    ] {
        assert!(seen >= enough, "too little to tell anything: {seen} {what}");
    }
}
