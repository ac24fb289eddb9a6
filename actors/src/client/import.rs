//! Registry operations without end: a file, a stream.
//!
//! ```text
//!  push ─► one buffer per partition ─► lane (bounded) ─► leader: one log entry per group
//!                                       │ one group at a time, so that an identity's operations
//!                                       ▼ keep their order
//!                              progress, failures
//! ```
//!
//! What is in memory is bounded: a lane holds a few groups, and `push` waits when one is full.

mod lane;
mod progress;

use std::sync::Arc;

use futures::future::join_all;
use roost_model::Identity;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::{BulkOperation, HubClient, HubError};
pub use progress::ImportProgress;
use progress::Tracker;

/// Operations that make a group...
const GROUP_OPERATIONS: usize = 256;
/// ...or bytes, as far as the caller told them.
const GROUP_BYTES: usize = 128 << 10;
/// Groups that wait in a lane behind the one under way.
const LANE_GROUPS: usize = 1;

/// Takes operations in and runs them.
#[derive(Debug)]
pub struct Importer {
    hub: HubClient,
    lanes: Vec<Lane>,
    tracker: Arc<Tracker>,
}

/// A line whose operation failed.
#[derive(Debug, Clone)]
pub struct ImportFailure {
    /// Its number, as it was pushed.
    pub line: u64,
    /// Whose it was.
    pub identity: Identity,
    /// Why.
    pub error: HubError,
}

/// Called for each line that failed, from the tasks that run the operations: must not block.
pub type FailureHook = Arc<dyn Fn(ImportFailure) + Send + Sync>;

#[derive(Debug)]
struct Lane {
    group: Group,
    queue: mpsc::Sender<Group>,
    task: JoinHandle<()>,
}

/// Operations that go to a leader together.
#[derive(Debug, Default)]
struct Group {
    lines: Vec<u64>,
    operations: Vec<BulkOperation>,
    bytes: usize,
}

impl HubClient {
    /// Begins an import.
    ///
    /// # Errors
    /// 503001 before the cluster is formed.
    pub fn importer(&self, on_failure: FailureHook) -> Result<Importer, HubError> {
        let tracker = Arc::new(Tracker::default());
        let lanes: Vec<Lane> = self
            .all_partitions()
            .map(|partition| {
                let (queue, groups) = mpsc::channel(LANE_GROUPS);
                let run = lane::run(
                    self.clone(),
                    partition,
                    groups,
                    Arc::clone(&tracker),
                    Arc::clone(&on_failure),
                );
                Lane {
                    group: Group::default(),
                    queue,
                    task: self.context.runtime.spawn(run),
                }
            })
            .collect();
        if lanes.is_empty() {
            return Err(HubError::starting());
        }
        Ok(Importer {
            hub: self.clone(),
            lanes,
            tracker,
        })
    }
}

// === impl Importer ===

impl Importer {
    /// Takes an operation in, waiting for room. `line` is its number, above all earlier ones; `bytes`
    /// about how much memory it takes. Operations on one device and its modules run in this order.
    pub async fn push(&mut self, line: u64, operation: BulkOperation, bytes: usize) {
        let identity: &Identity = operation.identity();
        let home = match self.hub.home(identity) {
            Ok(home) => usize::from(home.get()),
            // The number of partitions never changes once there are any.
            Err(_) => return,
        };
        let Some(lane) = self.lanes.get_mut(home) else {
            return;
        };
        self.tracker.taken(home, line);
        lane.group.lines.push(line);
        lane.group.operations.push(operation);
        lane.group.bytes += bytes;
        if lane.group.lines.len() >= GROUP_OPERATIONS || lane.group.bytes >= GROUP_BYTES {
            lane.send().await;
        }
    }

    /// Counts a line that is empty.
    pub fn skip(&self, line: u64) {
        self.tracker.passed(line, 0);
    }

    /// Counts a line that is no operation, though it should be.
    pub fn refuse(&self, line: u64) {
        self.tracker.passed(line, 1);
    }

    /// How far it is.
    pub fn progress(&self) -> ImportProgress {
        self.tracker.progress()
    }

    /// Sends what is left, and waits until everything is done.
    pub async fn finish(mut self) -> ImportProgress {
        join_all(self.lanes.iter_mut().map(Lane::send)).await;
        let tasks = self.lanes.drain(..).map(|lane| lane.task);
        // A lane that panicked did not count its lines as done.
        join_all(tasks).await;
        self.tracker.progress()
    }
}

impl Lane {
    async fn send(&mut self) {
        let group = std::mem::take(&mut self.group);
        if !group.lines.is_empty() {
            // The lane ends only when its queue does.
            let _ = self.queue.send(group).await;
        }
    }
}
