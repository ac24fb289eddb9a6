//! A partition as the layer above sees it on a node that hosts a replica.

use std::sync::Arc;

use roost_model::{PartitionId, SequenceNumber, UnitId};
use roost_partition::{AppendEvents, Command, Outcome, Reader};
use tokio::sync::{oneshot, watch};

use crate::group::{Group, NotLeading, Role};
use crate::proposer::{Exceptions, ProposeError, Proposer};
use crate::reading::Standing;

/// A hosted replica of a partition. Cheap to clone.
#[derive(Debug, Clone)]
pub struct PartitionHandle {
    pub(crate) inner: Arc<Hosted>,
}

#[derive(Debug)]
pub(crate) struct Hosted {
    pub(crate) unit: UnitId,
    pub(crate) id: PartitionId,
    pub(crate) group: Group,
    pub(crate) reader: Reader,
    pub(crate) proposer: Proposer,
    pub(crate) appended: watch::Receiver<SequenceNumber>,
    pub(crate) standing: Standing,
}

// === impl PartitionHandle ===

impl PartitionHandle {
    /// The partition's number in its hub.
    pub fn id(&self) -> PartitionId {
        self.inner.id
    }

    /// The scale unit that it belongs to.
    pub fn unit(&self) -> UnitId {
        self.inner.unit
    }

    /// The replica's role, and every change of it.
    pub fn role(&self) -> watch::Receiver<Role> {
        self.inner.group.role.clone()
    }

    /// What this replica has applied.
    pub fn reader(&self) -> &Reader {
        &self.inner.reader
    }

    /// The next sequence number, changing with every stored batch of events.
    pub fn appended(&self) -> watch::Receiver<SequenceNumber> {
        self.inner.appended.clone()
    }

    /// Waits until every acknowledged write is visible through [`PartitionHandle::reader`].
    ///
    /// # Errors
    /// [`NotLeading`] when this replica cannot vouch for it.
    pub async fn read_barrier(&self) -> Result<(), NotLeading> {
        self.inner.group.read_barrier().await
    }

    /// Proposes a command in `term`; the outcome is durable on a majority when it comes.
    ///
    /// # Errors
    /// [`ProposeError`], telling whether the command may have been written.
    pub async fn propose(&self, term: u64, command: Command) -> Result<Outcome, ProposeError> {
        self.inner.proposer.propose(term, command).await
    }

    /// Queues a command in `term`, in the order of calls, waiting for room. The receiver gets its
    /// outcome once it is durable on a majority.
    ///
    /// # Errors
    /// [`ProposeError::Stopped`] when the replica has stopped.
    pub async fn submit(
        &self,
        term: u64,
        command: Command,
    ) -> Result<oneshot::Receiver<Result<Outcome, ProposeError>>, ProposeError> {
        self.inner.proposer.submit(term, command).await
    }

    /// Proposes commands in `term`, together in one entry; their outcomes, in order, are durable on a
    /// majority when they come. At least one command.
    ///
    /// # Errors
    /// [`ProposeError`], telling whether the commands may have been written.
    pub async fn propose_many(
        &self,
        term: u64,
        commands: Vec<Command>,
    ) -> Result<Vec<Outcome>, ProposeError> {
        self.inner.proposer.propose_many(term, commands).await
    }

    /// Queues events in `term`, in the order of calls, waiting for room. The receiver gets the
    /// refused ones once the rest is durable on a majority.
    ///
    /// # Errors
    /// [`ProposeError::Stopped`] when the replica has stopped.
    pub async fn append(
        &self,
        term: u64,
        append: AppendEvents,
    ) -> Result<oneshot::Receiver<Result<Exceptions, ProposeError>>, ProposeError> {
        self.inner.proposer.append(term, append).await
    }
}
