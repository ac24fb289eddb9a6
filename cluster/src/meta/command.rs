//! What can be proposed to the meta group.

use bincode::{Decode, Encode};
use roost_model::{Incarnation, NodeId, Timestamp, UnitId};

use super::access::AccessCommand;
use super::state::HubSettings;

/// A replicated change of the cluster's state.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub enum MetaCommand {
    /// The first command of a cluster: its identity, first nodes and first hub.
    Form {
        cluster: u128,
        nodes: Vec<(NodeId, String)>,
        unit: NewUnit,
    },
    /// A node has started; its incarnation only grows.
    Announce {
        node: NodeId,
        incarnation: Incarnation,
        address: String,
        at: Timestamp,
    },
    /// A further node may take part. Its id must never have been used.
    Join { node: NodeId, address: String },
    /// A node leaves for good; its replicas move elsewhere, its id is retired.
    Remove {
        node: NodeId,
        /// How many had left when it was decided that the others can do without it.
        after: u32,
    },
    /// Adds a consumer group to a unit's hub.
    CreateConsumerGroup {
        unit: UnitId,
        name: String,
        /// How many groups the hub may have, the default one included.
        limit: u32,
    },
    /// Removes a consumer group from a unit's hub.
    DeleteConsumerGroup { unit: UnitId, name: String },
    /// Changes who may come in to a unit's hub.
    Access { unit: UnitId, change: AccessCommand },
}

/// What a new scale unit is made of.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub struct NewUnit {
    /// Partitions of the hub, 1–128, fixed for its life.
    pub partitions: u16,
    /// Wanted replicas of each partition; fewer nodes mean fewer replicas.
    pub replication: u8,
    /// The hub's first settings.
    pub settings: HubSettings,
}
