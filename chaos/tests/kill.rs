//! Promises 1, 2 and 4 on real processes: an acknowledged write survives kill -9 of the node that
//! leads the most partitions, in the order in which the device sent it, and devices at other nodes
//! keep their sockets and hardly notice.

use std::net::Ipv4Addr;
use std::path::Path;

use roost_chaos::kill::{self, Plan};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_when_the_busiest_node_is_killed_ten_times() {
    let plan = Plan {
        nodes: 3,
        devices: 50,
        rounds: 10,
        window: 16,
        rate: 40,
        folder: Path::new(env!("CARGO_TARGET_TMPDIR")).join("kill"),
        first_address: Ipv4Addr::new(127, 0, 20, 1),
    };
    let report = kill::run(&plan).await.unwrap();
    println!("{report}");
    let broken = report.broken_promises();
    assert!(
        broken.is_empty(),
        "{} promises were broken:\n{}",
        broken.len(),
        broken.join("\n")
    );
    assert!(
        report.findings.acked > 10_000,
        "too little was written to tell anything"
    );
}
