//! Builds the indexes that queries would have used.
//!
//! A query with an equality on a path that has no index makes the leader build one: step by step through
//! the log, one index of a partition at a time. When there are as many as there may be, the one that was
//! not used for longest goes, if it was not used for a while.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use roost_model::PartitionId;
use roost_partition::{BuildIndex, IndexPath, IndexStep, Outcome, QueryRun};

use crate::leadership::Leadership;
use crate::metrics;

/// Twins that one log entry takes into an index.
const STEP: u32 = 2048;
/// An index that was used within this time does not go for another.
const IN_USE: Duration = Duration::from_secs(600);

/// What the leaders of this node know of the use of their indexes. Known only to the leader of the
/// moment: a new one begins as if all had just been used.
#[derive(Debug, Default)]
pub(crate) struct Indexing {
    partitions: Mutex<HashMap<PartitionId, Usage>>,
}

#[derive(Debug)]
struct Usage {
    /// Of the leadership that this is about.
    term: u64,
    since: Instant,
    used: HashMap<IndexPath, Instant>,
    building: bool,
}

impl Indexing {
    /// Takes note of what a query used and missed.
    pub(crate) fn learn(&self, leadership: &Leadership, run: &QueryRun) {
        let most = leadership.context.limits.max_indexed_paths;
        if run.used.is_none() && (run.unindexed.is_empty() || most == 0) {
            return;
        }
        let mut partitions = self.partitions.lock();
        let usage = partitions
            .entry(leadership.partition())
            .and_modify(|usage| {
                if usage.term != leadership.term {
                    *usage = Usage::new(leadership.term);
                }
            })
            .or_insert_with(|| Usage::new(leadership.term));
        if let Some(used) = &run.used {
            usage.used.insert(used.clone(), Instant::now());
        }
        let Some(path) = run
            .unindexed
            .first()
            .filter(|_| !usage.building && most > 0)
        else {
            return;
        };
        let known = match leadership.reader().indexes() {
            Ok(known) => known,
            Err(error) => return tracing::error!(%error, "indexes cannot be read"),
        };
        usage.used.retain(|path, _| known.contains(path));
        let instead_of = usage.idle(&known);
        if known.len() >= most as usize && instead_of.is_none() && !known.contains(path) {
            return;
        }
        usage.building = true;
        let command = BuildIndex {
            path: path.clone(),
            most,
            instead_of,
            step: STEP,
        };
        let leadership = leadership.clone();
        let context = leadership.context.clone();
        context.runtime.spawn(async move {
            build(&leadership, command).await;
            leadership.context.indexing.built(&leadership);
        });
    }

    fn built(&self, leadership: &Leadership) {
        let mut partitions = self.partitions.lock();
        if let Some(usage) = partitions.get_mut(&leadership.partition())
            && usage.term == leadership.term
        {
            usage.building = false;
        }
    }
}

impl Usage {
    fn new(term: u64) -> Self {
        Self {
            term,
            since: Instant::now(),
            used: HashMap::new(),
            building: false,
        }
    }

    /// The index that was not used for longest, if that is long enough.
    fn idle(&self, known: &[IndexPath]) -> Option<IndexPath> {
        let last_use = |path: &IndexPath| *self.used.get(path).unwrap_or(&self.since);
        known
            .iter()
            .min_by_key(|path| last_use(path))
            .filter(|path| last_use(path).elapsed() >= IN_USE)
            .cloned()
    }
}

/// Proposes steps until the index is built, or someone else leads: who queries next begins again.
async fn build(leadership: &Leadership, command: BuildIndex) {
    let partition = leadership.partition();
    tracing::info!(%partition, path = %command.path, "building an index");
    loop {
        match leadership.propose(command.clone().into()).await {
            Ok(Outcome::IndexStep(IndexStep::Unfinished)) => {}
            Ok(Outcome::IndexStep(IndexStep::Built)) => {
                metrics::index_built();
                return tracing::info!(%partition, path = %command.path, "index built");
            }
            Ok(_) => return,
            Err(refused) => {
                return tracing::debug!(?refused, %partition, "an index was not built by this leader");
            }
        }
    }
}
