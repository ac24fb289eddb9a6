//! What the meta group answers.

use bincode::{Decode, Encode};
use roost_model::NodeId;
use roost_model::limits::{MAX_AUTHORITIES, MAX_SERVICE_POLICIES};

/// The answer to one [`super::MetaCommand`].
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum MetaOutcome {
    /// The command changed the state, or found it as wanted.
    Done,
    /// The change of who may come in has brought the hub's settings to this revision.
    Revised(u64),
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
    /// The entity tag asked for is not the current one.
    #[error("it has changed since it was read")]
    PreconditionFailed,
    /// No such policy.
    #[error("there is no such shared access policy")]
    UnknownPolicy,
    /// The hub has as many policies as it may.
    #[error("a hub has at most {0} shared access policies")]
    TooManyPolicies(usize),
    /// As many policies serve as may.
    #[error("at most {MAX_SERVICE_POLICIES} shared access policies may have ServiceConnect")]
    TooManyServicePolicies,
    /// Nobody could change policies any more.
    #[error("one shared access policy with all permissions must stay")]
    LastOwner,
    /// No such authority.
    #[error("there is no such certificate authority")]
    UnknownAuthority,
    /// The hub has as many authorities as it may.
    #[error("a hub has at most {MAX_AUTHORITIES} certificate authorities")]
    TooManyAuthorities,
    /// What was checked before proposing is not so any more.
    #[error("the certificate authority was changed meanwhile; try again")]
    AuthorityChanged,
    /// The hub has as many consumer groups as it may.
    #[error("a hub has at most {0} consumer groups, the default one included")]
    TooManyConsumerGroups(u32),
    /// Whether the others can do without a node was decided before another one left.
    #[error("another node was removed meanwhile; try again")]
    AnotherRemoval,
}
