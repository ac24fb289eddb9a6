//! The state of the meta group and the pure rules that change it.

use std::collections::{BTreeMap, BTreeSet};

use bincode::{Decode, Encode};
use roost_model::{
    CertificateAuthority, EventSources, HubName, Incarnation, NodeId, PartitionId,
    SharedAccessPolicy, Timestamp, UnitId,
};

use super::access::AccessCommand;
use super::command::{MetaCommand, NewUnit};
use super::outcome::{MetaOutcome, MetaRejection};
use crate::placement;

/// The consumer group that every hub has.
pub(crate) const DEFAULT_CONSUMER_GROUP: &str = "$Default";

/// Everything that the meta group knows. Cheap to clone behind an `Arc`, never mutated in place.
#[derive(Debug, Clone, Default, PartialEq, Encode, Decode)]
pub struct MetaState {
    /// Random identity of the cluster; none before it is formed.
    pub cluster: Option<u128>,
    /// The nodes that take part.
    pub nodes: BTreeMap<NodeId, NodeRecord>,
    /// Ids that were used and never will be again.
    pub retired: BTreeSet<NodeId>,
    /// The scale units, each with its hub.
    pub units: BTreeMap<UnitId, UnitRecord>,
}

/// One node of the cluster.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub struct NodeRecord {
    /// Where its peers reach it, `host:port`.
    pub address: String,
    /// Its restart count; zero until it first announced itself.
    pub incarnation: Incarnation,
    /// When it last announced itself.
    pub announced_at: Timestamp,
}

/// One scale unit: a hub and where its partitions live.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub struct UnitRecord {
    /// Wanted replicas of each partition.
    pub replication: u8,
    /// For each partition the nodes that hold a replica, the preferred leader first.
    pub placement: Vec<Vec<NodeId>>,
    /// The placement that the unit was formed with: only those replicas may initialize a group.
    pub initial: Vec<Vec<NodeId>>,
    /// The hub's settings.
    pub settings: HubSettings,
}

/// The settings of one hub that back ends and operators change at run time.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub struct HubSettings {
    /// The host name that connection strings carry.
    pub hub: HubName,
    /// Other names and addresses that clients may use for the same hub.
    pub aliases: Vec<HubName>,
    /// Shared access policies by name.
    pub policies: BTreeMap<String, SharedAccessPolicy>,
    /// Certificate authorities by name.
    pub authorities: BTreeMap<String, CertificateAuthority>,
    /// Counts the changes of policies and authorities.
    pub revision: u64,
    /// Consumer groups of the event stream besides `$Default`.
    pub consumer_groups: BTreeSet<String>,
    /// How long events are kept, in milliseconds.
    pub retention_ms: u64,
    /// How many bytes of events one partition keeps at most.
    pub retention_bytes: u64,
    /// Which kinds of events the hub itself puts into its stream; telemetry is always there.
    pub events: EventSources,
}

// === impl MetaState ===

impl MetaState {
    /// Whether the cluster has been formed.
    pub fn is_formed(&self) -> bool {
        self.cluster.is_some()
    }

    /// The replicas of a partition, the preferred leader first.
    pub fn replicas(&self, unit: UnitId, partition: PartitionId) -> &[NodeId] {
        self.units
            .get(&unit)
            .and_then(|unit| unit.placement.get(usize::from(partition.get())))
            .map_or(&[], Vec::as_slice)
    }

    /// Applies a command; deterministic, and the same on every node.
    pub(crate) fn apply(&mut self, command: MetaCommand) -> MetaOutcome {
        let outcome = match command {
            MetaCommand::Access { unit, change } => {
                self.change_access(unit, change).map(MetaOutcome::Revised)
            }
            command => self.try_apply(command).map(|()| MetaOutcome::Done),
        };
        outcome.unwrap_or_else(MetaOutcome::Rejected)
    }

    fn change_access(&mut self, unit: UnitId, change: AccessCommand) -> Result<u64, MetaRejection> {
        if !self.is_formed() {
            return Err(MetaRejection::NotFormed);
        }
        self.settings(unit)?.change_access(change)
    }

    fn try_apply(&mut self, command: MetaCommand) -> Result<(), MetaRejection> {
        if let MetaCommand::Form {
            cluster,
            nodes,
            unit,
        } = command
        {
            return self.form(cluster, nodes, unit);
        }
        if !self.is_formed() {
            return Err(MetaRejection::NotFormed);
        }
        match command {
            MetaCommand::Form { .. } => Err(MetaRejection::AlreadyFormed),
            MetaCommand::Announce {
                node,
                incarnation,
                address,
                at,
            } => self.announce(node, incarnation, address, at),
            MetaCommand::Join { node, address } => self.join(node, address),
            MetaCommand::Remove { node, after } => self.remove(node, after),
            MetaCommand::CreateConsumerGroup { unit, name, limit } => {
                self.create_consumer_group(unit, name, limit)
            }
            MetaCommand::DeleteConsumerGroup { unit, name } => {
                self.delete_consumer_group(unit, &name)
            }
            // Answers more than done, and so is taken before it comes here.
            MetaCommand::Access { unit, change } => self.change_access(unit, change).map(drop),
        }
    }

    fn form(
        &mut self,
        cluster: u128,
        nodes: Vec<(NodeId, String)>,
        unit: NewUnit,
    ) -> Result<(), MetaRejection> {
        if self.is_formed() {
            return Err(MetaRejection::AlreadyFormed);
        }
        self.cluster = Some(cluster);
        for (node, address) in nodes {
            self.nodes.insert(node, NodeRecord::new(address));
        }
        let NewUnit {
            partitions,
            replication,
            settings,
        } = unit;
        let placement = placement::plan(
            &vec![Vec::new(); usize::from(partitions)],
            &self.nodes.keys().copied().collect(),
            replication,
        );
        let initial = placement.clone();
        self.units.insert(
            UnitId(0),
            UnitRecord {
                replication,
                placement,
                initial,
                settings,
            },
        );
        Ok(())
    }

    fn announce(
        &mut self,
        node: NodeId,
        incarnation: Incarnation,
        address: String,
        at: Timestamp,
    ) -> Result<(), MetaRejection> {
        let record = self
            .nodes
            .get_mut(&node)
            .ok_or(MetaRejection::UnknownNode(node))?;
        if incarnation <= record.incarnation {
            return Err(MetaRejection::StaleIncarnation(node));
        }
        *record = NodeRecord {
            address,
            incarnation,
            announced_at: at,
        };
        Ok(())
    }

    fn join(&mut self, node: NodeId, address: String) -> Result<(), MetaRejection> {
        if self.retired.contains(&node) {
            return Err(MetaRejection::NodeIdUsed(node));
        }
        match self.nodes.get(&node) {
            Some(known) if known.address != address => {
                return Err(MetaRejection::NodeIdUsed(node));
            }
            Some(_) => return Ok(()),
            None => self.nodes.insert(node, NodeRecord::new(address)),
        };
        self.place();
        Ok(())
    }

    fn remove(&mut self, node: NodeId, after: u32) -> Result<(), MetaRejection> {
        if !self.nodes.contains_key(&node) {
            return Err(MetaRejection::UnknownNode(node));
        }
        if self.retired.len() != after as usize {
            return Err(MetaRejection::AnotherRemoval);
        }
        if self.nodes.len() == 1 {
            return Err(MetaRejection::LastNode(node));
        }
        self.nodes.remove(&node);
        self.retired.insert(node);
        self.place();
        Ok(())
    }

    /// Fits every unit's placement to the nodes there are.
    fn place(&mut self) {
        let nodes: BTreeSet<NodeId> = self.nodes.keys().copied().collect();
        for unit in self.units.values_mut() {
            unit.placement = placement::plan(&unit.placement, &nodes, unit.replication);
        }
    }

    fn settings(&mut self, unit: UnitId) -> Result<&mut HubSettings, MetaRejection> {
        self.units
            .get_mut(&unit)
            .map(|unit| &mut unit.settings)
            .ok_or(MetaRejection::UnknownUnit)
    }

    fn create_consumer_group(
        &mut self,
        unit: UnitId,
        name: String,
        limit: u32,
    ) -> Result<(), MetaRejection> {
        let settings = self.settings(unit)?;
        if settings.consumer_group(&name).is_some() {
            return Err(MetaRejection::ConsumerGroupExists);
        }
        let groups = &mut settings.consumer_groups;
        // The default one is not among them.
        if groups.len() + 1 >= limit as usize {
            return Err(MetaRejection::TooManyConsumerGroups(limit));
        }
        groups.insert(name);
        Ok(())
    }

    fn delete_consumer_group(&mut self, unit: UnitId, name: &str) -> Result<(), MetaRejection> {
        if name.eq_ignore_ascii_case(DEFAULT_CONSUMER_GROUP) {
            return Err(MetaRejection::DefaultConsumerGroup);
        }
        match self.settings(unit)?.consumer_groups.remove(name) {
            true => Ok(()),
            false => Err(MetaRejection::UnknownConsumerGroup),
        }
    }
}

// === impl NodeRecord ===

impl NodeRecord {
    fn new(address: String) -> NodeRecord {
        NodeRecord {
            address,
            incarnation: Incarnation(0),
            announced_at: Timestamp(0),
        }
    }
}

// === impl HubSettings ===

impl HubSettings {
    /// Every name that a token or a client may use for this hub.
    pub fn hosts(&self) -> impl Iterator<Item = &HubName> {
        std::iter::once(&self.hub).chain(&self.aliases)
    }

    /// The consumer group's name in its stored spelling, if the hub has it. Names are compared without
    /// case, as clients write them.
    pub fn consumer_group(&self, name: &str) -> Option<&str> {
        let named = self.consumer_groups.iter().map(String::as_str);
        std::iter::once(DEFAULT_CONSUMER_GROUP)
            .chain(named)
            .find(|group| group.eq_ignore_ascii_case(name))
    }
}

#[cfg(test)]
mod tests;
