//! Runs one partition's groups, one after the other.

use std::sync::Arc;
use std::time::Duration;

use roost_model::PartitionId;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::progress::Tracker;
use super::{FailureHook, Group, ImportFailure};
use crate::client::{BulkOperation, HubClient, HubError};
use crate::registry::Failure;

/// How long a group is tried while its partition has no leader.
const PATIENCE: Duration = Duration::from_secs(60);

pub(super) async fn run(
    hub: HubClient,
    partition: PartitionId,
    mut groups: mpsc::Receiver<Group>,
    tracker: Arc<Tracker>,
    on_failure: FailureHook,
) {
    let lane = usize::from(partition.get());
    while let Some(group) = groups.recv().await {
        let operations = Arc::new(group.operations);
        let failures: Vec<(usize, HubError)> = match persist(&hub, partition, &operations).await {
            Ok(failures) => failures
                .into_iter()
                .map(|(at, failure)| (at as usize, failure.into()))
                .collect(),
            Err(error) => (0..operations.len())
                .map(|at| (at, error.clone()))
                .collect(),
        };
        let failed = failures.len();
        for (at, error) in failures {
            if let (Some(line), Some(operation)) = (group.lines.get(at), operations.get(at)) {
                on_failure(ImportFailure {
                    line: *line,
                    identity: operation.identity().clone(),
                    error,
                });
            }
        }
        tracker.done(lane, group.lines.len(), failed);
    }
}

/// Tries again while that can do no harm.
async fn persist(
    hub: &HubClient,
    partition: PartitionId,
    operations: &Arc<Vec<BulkOperation>>,
) -> Result<Vec<(u32, Failure)>, HubError> {
    let give_up = Instant::now() + PATIENCE;
    let repeatable = operations.iter().all(BulkOperation::is_repeatable);
    loop {
        match hub.import_into(partition, Arc::clone(operations)).await {
            Err(error) if repeatable && error.is_transient() && Instant::now() < give_up => {
                tracing::debug!(%partition, %error, "a group of an import is tried again");
            }
            outcome => return outcome,
        }
    }
}
