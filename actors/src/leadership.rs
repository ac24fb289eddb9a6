//! What the actors of a led partition hold in common: the fenced way to write, and to read.

use std::sync::Arc;

use roost_cluster::{PartitionHandle, ProposeError};
use roost_model::{NodeId, PartitionId, Timestamp};
use roost_partition::{Command, Outcome, Reader};

use crate::context::Context;
use crate::settings::Settings;
use crate::wire::Refused;

/// One term of leading one partition. Writes under it fail once the term is over.
#[derive(Debug, Clone)]
pub(crate) struct Leadership {
    pub(crate) context: Arc<Context>,
    pub(crate) handle: PartitionHandle,
    pub(crate) term: u64,
}

// === impl Leadership ===

impl Leadership {
    pub(crate) fn partition(&self) -> PartitionId {
        self.handle.id()
    }

    pub(crate) fn reader(&self) -> &Reader {
        self.handle.reader()
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.context.cluster.clock().now()
    }

    /// The hub's settings of the moment; none before the cluster is formed.
    pub(crate) fn settings(&self) -> Option<Settings> {
        self.context.settings()
    }

    /// Waits until a majority has confirmed that this node leads still, and everything that was
    /// acknowledged before is applied here.
    pub(crate) async fn barrier(&self) -> Result<(), Refused> {
        let barrier = self.handle.read_barrier().await;
        barrier.map_err(|not_leading| Refused::NotLeader(not_leading.leader))
    }

    pub(crate) async fn propose(&self, command: Command) -> Result<Outcome, Refused> {
        match self.handle.propose(self.term, command).await {
            Ok(Outcome::Rejected(rejection)) => {
                Err(Refused::rejected(rejection.code(), rejection.to_string()))
            }
            Ok(outcome) => Ok(outcome),
            Err(error) => Err(error.into()),
        }
    }
}

impl From<ProposeError> for Refused {
    fn from(error: ProposeError) -> Refused {
        match error {
            ProposeError::NotLeader { leader } => Refused::NotLeader(leader),
            ProposeError::Unknown => Refused::Unknown,
            ProposeError::Stopped => Refused::NotLeader(None::<NodeId>),
        }
    }
}
