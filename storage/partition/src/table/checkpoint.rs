//! Rows of consumer groups' checkpoints.

use roost_model::codec;

use crate::error::PartitionError;
use crate::op::Checkpoint;

const VERSION: u8 = 1;

pub(crate) fn encode(checkpoint: &Checkpoint) -> Vec<u8> {
    codec::encode(VERSION, checkpoint)
}

pub(crate) fn decode(bytes: &[u8]) -> Result<Checkpoint, PartitionError> {
    codec::decode(VERSION, bytes)
        .map(|(_, checkpoint)| checkpoint)
        .map_err(|error| PartitionError::row("checkpoint", error))
}
