//! Which copy of a group's data is the current one.

use roost_engine::{Batch, GroupId, StateStore};
use roost_model::codec;

use super::PARTITION;
use crate::error::PartitionError;

const VERSION: u8 = 1;

/// The current copy; 0 when none was ever adopted.
pub(crate) fn read(store: &StateStore, group: GroupId) -> Result<u32, PartitionError> {
    match store.get(PARTITION, &group.0.to_be_bytes())? {
        None => Ok(0),
        Some(bytes) => {
            let (_, copy) = codec::decode::<u32>(VERSION, &bytes)
                .map_err(|error| PartitionError::row("partition", error))?;
            Ok(copy)
        }
    }
}

pub(crate) fn put(batch: &mut Batch, group: GroupId, copy: u32) {
    batch.put(
        PARTITION,
        &group.0.to_be_bytes(),
        &codec::encode(VERSION, &copy),
    );
}
