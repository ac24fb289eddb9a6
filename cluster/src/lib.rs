//! Who leads what, and how bytes get there: the cluster layer of Roost.
//!
//! Every partition of a hub is a Raft group, replicated over the nodes that the meta group's
//! placement names. This crate runs a node's replicas ([`Cluster`]), takes proposals for the
//! partitions that it leads ([`PartitionHandle`]) and carries messages between nodes ([`rpc`]),
//! Raft's as well as those of the layer above ([`Service`]).

pub mod blocking;
mod bootstrap;
mod clock;
mod cluster;
mod config;
mod failover;
mod group;
mod hosting;
mod ids;
mod inbound;
mod kinds;
mod maintenance;
mod membership;
mod meta;
mod metrics;
mod partition;
mod placement;
mod propose;
mod proposer;
mod raft;
mod reading;
mod removal;
mod routing;
pub mod rpc;
mod service;
mod status;
mod storage;
pub mod transport;

pub use clock::{Clock, SystemClock};
pub use cluster::{Cluster, FIRST_UNIT, StartError};
pub use config::{ClusterConfig, PeerConfig, RaftTimings, StorageConfig};
pub use group::{NotLeading, Role};
pub use meta::{
    AccessCommand, HubSettings, MetaCommand, MetaOutcome, MetaRejection, MetaState, NewUnit,
    NodeRecord, UnitRecord,
};
pub use metrics::describe;
pub use partition::PartitionHandle;
pub use propose::MetaUnavailable;
pub use proposer::{Exceptions, ProposeError};
pub use reading::Fitness;
pub use removal::RemovalError;
pub use service::{Reply, Service};
pub use status::{ClusterStatus, NodeStatus, PartitionStatus, Readiness};
pub use storage::{Storage, StorageError};
