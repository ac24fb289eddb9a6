use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, SyncSender};
use std::thread::JoinHandle;
use std::time::Duration;

use roost_chaos::harness::until;

use crate::fixture::{RawAmqp, SOON, TestDevice, accepted, cluster, node};

/// Between two messages: enough of them to notice a pause, few enough to read them all back.
const PACE: Duration = Duration::from_millis(25);

/// A device on the same node whose telemetry goes on whatever others do there.
pub(super) struct Witness {
    device: TestDevice,
    node: usize,
    process: String,
    sent: Arc<AtomicUsize>,
    stop: SyncSender<()>,
    sender: JoinHandle<()>,
}

impl Witness {
    pub(super) async fn at(index: usize, name: &str) -> Self {
        let device = TestDevice::create(&format!("witness-{name}")).await;
        let process = process(index);
        let (stop, stopped) = mpsc::sync_channel(1);
        let sent = Arc::new(AtomicUsize::new(0));
        let (own, counter) = (device.clone(), Arc::clone(&sent));
        let sender = std::thread::spawn(move || {
            let mut peer = RawAmqp::device(node(index), &own);
            while stopped.recv_timeout(PACE) == Err(RecvTimeoutError::Timeout) {
                accepted(&mut peer, b"still here");
                counter.fetch_add(1, Ordering::SeqCst);
            }
        });
        let witness = Self {
            device,
            node: index,
            process,
            sent,
            stop,
            sender,
        };
        witness.wait_for(1).await;
        witness
    }

    /// Fails unless the device goes on, everything that it sent is stored, and the node is the process
    /// that it was, without a task of it having panicked.
    pub(super) async fn ends_unharmed(self) {
        self.wait_for(self.sent.load(Ordering::SeqCst) + 2).await;
        drop(self.stop);
        self.sender.join().expect("the witness was not disturbed");
        let sent = self.sent.load(Ordering::SeqCst);
        assert_eq!(self.device.events().await.len(), sent);
        assert_eq!(process(self.node), self.process, "it is another process");
        let log = cluster().node_log(node(self.node).id);
        let panic = log.lines().find(|line| line.contains("panicked"));
        assert_eq!(panic, None);
    }

    async fn wait_for(&self, count: usize) {
        let found = until("telemetry of the witness", SOON, async || {
            let sent = self.sent.load(Ordering::SeqCst);
            let alive = !self.sender.is_finished();
            match sent >= count {
                true => Ok(()),
                false => Err(format!("{sent} of {count}, sender alive: {alive}")),
            }
        });
        found.await.expect("the witness goes on");
    }
}

/// The node's process: a number is given again, but not with the same time of its start.
fn process(index: usize) -> String {
    let node = node(index);
    let pid = cluster().pid(node.id).expect("the node runs");
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).expect("the node runs");
    // Behind the name, which may hold anything; the time of the start is field 22.
    let fields = stat.rsplit(')').next().unwrap_or_default();
    let start = fields.split_whitespace().nth(19).unwrap_or_default();
    format!("{pid} since {start}")
}
