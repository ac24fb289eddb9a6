//! The service side of a hub, from any node: every call finds the partition's leader by itself.

mod access;
mod authorities;
mod bulk;
mod connection;
mod events;
mod export;
mod groups;
mod identities;
mod import;
mod keys;
mod message;
mod methods;
mod parents;
mod policies;
mod query;
mod queues;
mod twin;
mod types;

use std::sync::Arc;
use std::time::Duration;

use roost_model::{ErrorCode, Identity, Limits, PartitionId};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::context::Context;
pub use crate::wire::TwinChange;
use crate::wire::{Answer, Refused, Request};
pub use bulk::{BulkOperation, TwinDraft};
pub use connection::{ConnectionView, SessionView};
pub use export::{ExportedIdentity, Exporter};
pub use import::{FailureHook, ImportFailure, ImportProgress, Importer};
pub use keys::Regenerated;
pub use message::{EnqueuedMessage, HoldTime, MessageDraft, ReceivedFeedback, ReceivedMessage};
pub use methods::{MethodAnswer, MethodCall};
pub use policies::PolicyDraft;
pub use query::{QueryExplanation, QueryPage};
pub use roost_partition::{KeptLetter, WaitingMessage};
pub use twin::TwinView;
pub(crate) use twin::twin;
pub use types::{
    Checkpoint, EventPage, HubError, IdentityDraft, IdentityView, PartitionInfo, ReadFrom,
    RegistryStatistics, StoredEvent,
};

/// How long a call looks for a leader before it gives up.
const DEADLINE: Duration = Duration::from_secs(8);
const RETRY: Duration = Duration::from_millis(15);

/// A handle to the hub's service side. Cheap to clone.
#[derive(Debug, Clone)]
pub struct HubClient {
    pub(crate) context: Arc<Context>,
}

// === impl HubClient ===

impl HubClient {
    /// Number of partitions of the hub; zero before the cluster is formed.
    pub fn partition_count(&self) -> u16 {
        self.context.partition_count()
    }

    /// What this node enforces.
    pub fn limits(&self) -> &Limits {
        &self.context.limits
    }

    /// Runs a task where the hub's own work runs, whatever thread the caller is on.
    pub fn spawn<T: Send + 'static>(
        &self,
        task: impl Future<Output = T> + Send + 'static,
    ) -> JoinHandle<T> {
        self.context.runtime.spawn(task)
    }

    fn home(&self, identity: &Identity) -> Result<PartitionId, HubError> {
        self.context
            .partition_of(identity)
            .ok_or_else(HubError::starting)
    }

    async fn ask(&self, partition: PartitionId, request: Request) -> Result<Answer, HubError> {
        ask(&self.context, partition, request, DEADLINE).await
    }

    fn all_partitions(&self) -> impl Iterator<Item = PartitionId> + use<> {
        (0..self.partition_count()).map(PartitionId)
    }
}

/// Asks a partition's leader, following it around until `deadline` has passed.
///
/// A request that was refused because the node does not lead was not executed, so it is sent
/// again; one whose outcome is unknown is not, because repeating it might do it twice.
pub(crate) async fn ask(
    context: &Arc<Context>,
    partition: PartitionId,
    request: Request,
    deadline: Duration,
) -> Result<Answer, HubError> {
    let give_up = Instant::now() + deadline;
    loop {
        match crate::route::ask_once(context, partition, request.clone(), give_up).await {
            Answer::Refused(Refused::NotLeader(_)) if Instant::now() < give_up => {
                tokio::time::sleep(RETRY).await;
            }
            Answer::Refused(refused) => return Err(refused.into()),
            answer => return Ok(answer),
        }
    }
}

pub(crate) fn unexpected() -> HubError {
    HubError::new(
        ErrorCode::ServerError,
        "the leader answered something else than was asked",
    )
}
