//! Looks after the databases: flushes the state so that the logs behind it can go, and ends the node when
//! one of them is out of service.

use std::sync::Arc;

use openraft::async_runtime::watch::WatchReceiver as _;

use crate::cluster::Shared;
use crate::group::Group;

/// One flush serves every group: builders that run together share it.
pub(crate) async fn run(shared: Arc<Shared>) {
    let mut tick = tokio::time::interval(shared.config.raft.flush_interval);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        let after = shared.config.raft.snapshot_after;
        let groups = shared.groups();
        for group in groups.iter().filter(|group| is_due(group, after)) {
            if let Err(error) = group.raft.trigger().snapshot().await {
                tracing::warn!(group = group.id.0, %error, "cannot take a snapshot");
            }
        }
    }
}

/// A database that is out of service ends the node at once, whatever its replicas are doing: the others
/// have everything whole.
pub(crate) async fn watch_storage(shared: Arc<Shared>) {
    let error = shared.storage.failed().await;
    shared.fail(error.to_string());
}

fn is_due(group: &Group, after: u64) -> bool {
    let metrics = group.raft.metrics();
    let metrics = metrics.borrow_watched();
    let applied = metrics.last_applied.map_or(0, |id| id.index);
    let snapshot = metrics.snapshot.map_or(0, |id| id.index);
    applied >= snapshot + after
}
