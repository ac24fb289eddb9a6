//! Nodes join, leave and are replaced under load, with real processes that are set up as on machines
//! of their own: nothing acknowledged is lost, and devices at the other nodes hardly notice.

use std::net::Ipv4Addr;
use std::path::Path;

use roost_chaos::membership::{self, Plan};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_come_and_go_while_devices_keep_sending() {
    let plan = Plan {
        devices: 36,
        window: 16,
        rate: 40,
        partitions: 4,
        folder: Path::new(env!("CARGO_TARGET_TMPDIR")).join("membership"),
        first_address: Ipv4Addr::new(127, 0, 21, 1),
    };
    let report = membership::run(&plan).await.unwrap();
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
