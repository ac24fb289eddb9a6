//! Changes of who may come in: in force everywhere, and sessions cut, when they return.

use std::time::Duration;

use futures::future::{join_all, try_join_all};
use roost_cluster::{AccessCommand, FIRST_UNIT, MetaCommand, MetaOutcome, MetaRejection};
use roost_model::{ErrorCode, NodeId};

use super::{HubClient, HubError};
use crate::uphold;
use crate::wire::{self, Call, Request};

/// How long a node may take to hear of a change before it counts as out of reach.
const DEADLINE: Duration = Duration::from_secs(4);

impl HubClient {
    /// Makes a change. Returns when every node that can be reached acts upon it, and every partition's
    /// leader has ended the sessions that it takes the ground from.
    ///
    /// # Errors
    /// The rule that says no. 503001 when the change was made, or may have been, and a partition has no
    /// leader that confirms; making the change once more asks again.
    pub(super) async fn change_access(&self, change: AccessCommand) -> Result<(), HubError> {
        let unit = FIRST_UNIT;
        let command = MetaCommand::Access { unit, change };
        let revision = match self.context.cluster.propose_meta(command).await {
            Ok(MetaOutcome::Revised(revision)) => revision,
            Ok(MetaOutcome::Done) => return Err(super::unexpected()),
            Ok(MetaOutcome::Rejected(rejection)) => {
                return Err(HubError::new(code(&rejection), rejection.to_string()));
            }
            Err(error) => {
                let code = ErrorCode::ServiceUnavailable;
                return Err(HubError::new(code, error.to_string()));
            }
        };
        self.settle(revision).await
    }

    async fn settle(&self, revision: u64) -> Result<(), HubError> {
        uphold::settled(&self.context, revision).await;
        let me = self.context.cluster.me();
        let nodes: Vec<NodeId> = self.context.meta.borrow().nodes.keys().copied().collect();
        let others = nodes.into_iter().filter(|node| *node != me);
        join_all(others.map(|node| self.tell(node, revision))).await;
        let upheld = self
            .all_partitions()
            .map(|partition| self.ask(partition, Request::Uphold { revision }));
        try_join_all(upheld).await.map(drop)
    }

    /// A node that cannot be reached hears of it from the log before it hears anything else from there,
    /// and the partitions' leaders do not wait for it.
    async fn tell(&self, node: NodeId, revision: u64) {
        let call = wire::encode(&Call::Settled { revision });
        if let Err(error) = self.context.cluster.call(node, call, DEADLINE).await {
            tracing::warn!(%node, %error, "a node did not confirm a change of who may come in");
        }
    }
}

fn code(rejection: &MetaRejection) -> ErrorCode {
    match rejection {
        MetaRejection::NotFormed => ErrorCode::ServiceUnavailable,
        MetaRejection::PreconditionFailed | MetaRejection::AuthorityChanged => {
            ErrorCode::PreconditionFailed
        }
        MetaRejection::UnknownAuthority => ErrorCode::CertificateNotFound,
        MetaRejection::LastOwner | MetaRejection::UnknownPolicy => ErrorCode::InvalidOperation,
        _ => ErrorCode::ArgumentInvalid,
    }
}
