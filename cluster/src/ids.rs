//! How Raft groups are numbered.

use roost_engine::GroupId;
use roost_model::{PartitionId, UnitId};

/// The group that every node holds.
pub(crate) const META_GROUP: GroupId = GroupId(0);

/// The group of a partition: the unit, counted from one, above sixteen bits of partition.
pub(crate) fn partition_group(unit: UnitId, partition: PartitionId) -> GroupId {
    GroupId((u32::from(unit.0) + 1) << 16 | u32::from(partition.get()))
}
