//! The type configuration shared by every Raft group of a node.

use std::fmt;

use bytes::Bytes;
use openraft::impls::{
    BoxedErrorSource, EmptyNode, InlineBatch, OneshotResponder, TokioRuntime, Vote as RaftVote,
    leader_id_std,
};
use openraft::{Entry as RaftEntry, EntryPayload, OptionalSend, RaftTypeConfig};
use roost_partition::Answer;

use crate::meta::MetaOutcome;
use crate::raft::state_machine::StateMachine;

/// openraft's parameters: opaque commands, numbered nodes, one leader per term.
#[derive(Debug, Clone, Copy, Default, Eq, PartialEq, Ord, PartialOrd)]
pub(crate) struct TypeConfig;

impl RaftTypeConfig for TypeConfig {
    type D = Proposal;
    type R = Reply;
    type NodeId = u64;
    type Node = EmptyNode;
    type Term = u64;
    type LeaderId = leader_id_std::LeaderId<u64, u64>;
    type Vote = RaftVote<Self::LeaderId>;
    type Payload = EntryPayload<Proposal, u64, EmptyNode>;
    type Entry =
        RaftEntry<<Self::LeaderId as openraft::vote::RaftLeaderId>::Committed, Self::Payload>;
    type AsyncRuntime = TokioRuntime;
    type Responder<T>
        = OneshotResponder<Self, T>
    where
        T: OptionalSend + 'static;
    type Batch<T>
        = InlineBatch<T>
    where
        T: OptionalSend + 'static;
    type ErrorSource = BoxedErrorSource;
}

pub(crate) type Raft = openraft::Raft<TypeConfig, StateMachine>;
pub(crate) type Entry = openraft::alias::EntryOf<TypeConfig>;
pub(crate) type LogId = openraft::alias::LogIdOf<TypeConfig>;
pub(crate) type Vote = openraft::alias::VoteOf<TypeConfig>;
pub(crate) type Membership = openraft::Membership<u64, EmptyNode>;
pub(crate) type StoredMembership = openraft::alias::StoredMembershipOf<TypeConfig>;
pub(crate) type SnapshotMeta = openraft::alias::SnapshotMetaOf<TypeConfig>;
pub(crate) type CommittedLeaderId = openraft::alias::CommittedLeaderIdOf<TypeConfig>;

/// A command as it stands in the log: bytes that only the group's machine understands.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Proposal(pub(crate) Bytes);

/// What the machine answered to one log entry.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    /// The entry carried no command.
    None,
    /// Outcomes of a partition's commands, in their order.
    Partition(Answer),
    /// Outcome of a meta command.
    Meta(MetaOutcome),
}

// === impl Proposal ===

impl fmt::Debug for Proposal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Proposal({} bytes)", self.0.len())
    }
}

impl fmt::Display for Proposal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

// === impl Reply ===

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Reply::None => "nothing",
            Reply::Partition(_) => "partition outcomes",
            Reply::Meta(_) => "meta outcome",
        })
    }
}
