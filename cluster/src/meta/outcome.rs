//! What the meta group answers.

use bincode::{Decode, Encode};
use roost_model::NodeId;

/// The answer to one [`super::MetaCommand`].
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum MetaOutcome {
    /// The command changed the state, or found it as wanted.
    Done,
    /// The command was refused and changed nothing.
    Rejected(MetaRejection),
}

/// Why a meta command was refused.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, thiserror::Error)]
pub enum MetaRejection {
    /// The cluster exists already.
    #[error("the cluster is already formed")]
    AlreadyFormed,
    /// Nothing can be done before the cluster is formed.
    #[error("the cluster is not formed yet")]
    NotFormed,
    /// The node id is, or once was, another node's.
    #[error("node id {0} is taken or was used before; choose a new one")]
    NodeIdUsed(NodeId),
    /// No such node.
    #[error("node {0} is not part of the cluster")]
    UnknownNode(NodeId),
    /// The node's data directory is older than what the cluster has seen of it.
    #[error("node {0} started from an older copy of its data; remove it and join under a new id")]
    StaleIncarnation(NodeId),
    /// The last node cannot leave.
    #[error("node {0} is the last one of the cluster")]
    LastNode(NodeId),
    /// No such scale unit.
    #[error("no such scale unit")]
    UnknownUnit,
    /// The consumer group exists already.
    #[error("the consumer group exists already")]
    ConsumerGroupExists,
    /// No such consumer group.
    #[error("no such consumer group")]
    UnknownConsumerGroup,
    /// The default consumer group stays.
    #[error("the default consumer group cannot be deleted")]
    DefaultConsumerGroup,
    /// The hub holds as many as it may.
    #[error("the limit is reached")]
    LimitReached,
}
