//! Each node has a network and a disk of its own, and loses processes, time and links while everybody
//! works: the promises of the mixed story hold, and every fault that this machine permits takes hold.

use std::path::Path;
use std::time::Duration;

use roost_chaos::nemesis::{self, Fault, Hold, Plan, Report};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_hub_keeps_its_promises_through_kill_pause_partition_and_a_disk_that_fails() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let plan = Plan {
        nodes: 3,
        devices: 6,
        publishers: 12,
        rate: 20,
        faults: vec![
            Fault::Kill,
            Fault::Pause,
            Fault::IsolatedLeader,
            Fault::FailingDisk,
        ],
        required: vec![Fault::Kill, Fault::Pause],
        time: Duration::ZERO,
        hold: Duration::from_secs(1),
        seed: 1,
        folder: folder.join("nemesis"),
        report: folder.join("nemesis-report"),
        tag: 23,
    };
    let report = nemesis::run(&plan).await.unwrap();
    println!("{report}");
    let broken = report.broken_promises();
    assert!(
        broken.is_empty(),
        "{} promises were broken:\n{}",
        broken.len(),
        broken.join("\n")
    );
    for fault in [Fault::IsolatedLeader, Fault::FailingDisk] {
        took_hold_where_it_can(&report, fault);
    }
    let evidence = report.work.expect("work that came to its end").evidence;
    assert!(evidence.changes > 1000, "too little to tell anything");
}

/// Without network namespaces or disks of its own the run has said so, and done the rest.
fn took_hold_where_it_can(report: &Report, fault: Fault) {
    let mut strikes = report.strikes.iter();
    let strike = strikes.find(|strike| strike.fault == fault);
    let hold = &strike.expect("a fault that was tried").hold;
    match hold {
        Hold::Installed => {}
        Hold::Skipped(why) => assert!(
            !report.limits.is_empty() || why.starts_with("no error can be injected"),
            "{fault}: {hold}"
        ),
        Hold::Indeterminate(_) => panic!("{fault}: {hold}"),
    }
}
