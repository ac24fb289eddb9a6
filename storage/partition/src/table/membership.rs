//! The group's last membership, in bytes that only the layer above reads.

use bytes::Bytes;
use roost_model::codec;

use super::PARTITION;
use super::rows::Rows;
use crate::error::PartitionError;
use crate::position::Position;

const VERSION: u8 = 1;
/// The row's tail.
pub(crate) const TAIL: [u8; 1] = [1];

/// The entry that brought the membership, and its bytes.
pub(crate) type Membership = (Option<Position>, Bytes);

pub(crate) fn encode(membership: &Membership) -> Vec<u8> {
    let (position, bytes) = membership;
    codec::encode(VERSION, &(*position, bytes.to_vec()))
}

pub(crate) fn decode(bytes: &[u8]) -> Result<Membership, PartitionError> {
    let (_, (position, bytes)) = codec::decode::<(Option<Position>, Vec<u8>)>(VERSION, bytes)
        .map_err(|error| PartitionError::row("partition", error))?;
    Ok((position, bytes.into()))
}

pub(crate) fn read(rows: &Rows) -> Result<Option<Membership>, PartitionError> {
    rows.get(PARTITION, &TAIL)?
        .map(|bytes| decode(&bytes))
        .transpose()
}
