//! Marks: how many bytes of records were stored before certain events. They let retention by size
//! find its place without reading the events.

use roost_model::{SequenceNumber, codec};

use super::PARTITION;
use super::rows::Rows;
use crate::error::PartitionError;

const VERSION: u8 = 1;
const TAG: u8 = 2;

/// `bytes` of records were ever stored before the event at `sequence`, which begins a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) sequence: SequenceNumber,
    pub(crate) bytes: u64,
}

pub(crate) fn tail(sequence: SequenceNumber) -> [u8; 9] {
    let mut tail = [TAG; 9];
    tail[1..].copy_from_slice(&sequence.get().to_be_bytes());
    tail
}

impl Mark {
    pub(crate) fn encode(&self) -> Vec<u8> {
        codec::encode(VERSION, &self.bytes)
    }

    fn decode(tail: &[u8], value: &[u8]) -> Result<Self, PartitionError> {
        let sequence: [u8; 8] = tail
            .strip_prefix(&[TAG])
            .and_then(|rest| rest.try_into().ok())
            .ok_or_else(|| PartitionError::row("partition", "a mark's key has a wrong length"))?;
        let (_, bytes) = codec::decode::<u64>(VERSION, value)
            .map_err(|error| PartitionError::row("partition", error))?;
        Ok(Self {
            sequence: SequenceNumber(u64::from_be_bytes(sequence)),
            bytes,
        })
    }

    /// The newest mark at or before an event.
    pub(crate) fn at_or_before(
        rows: &Rows,
        sequence: SequenceNumber,
    ) -> Result<Option<Self>, PartitionError> {
        let (from, to) = (tail(SequenceNumber::FIRST), tail(sequence.next()));
        let row = rows.last_before(PARTITION, &from, &to)?;
        row.map(|(tail, value)| Self::decode(&tail, &value))
            .transpose()
    }

    /// All marks, oldest first.
    pub(crate) fn all(rows: &Rows) -> impl Iterator<Item = Result<Self, PartitionError>> {
        let (from, to) = (tail(SequenceNumber::FIRST), tail(SequenceNumber(u64::MAX)));
        rows.scan(PARTITION, &from, &to).map(|row| {
            let (tail, value) = row?;
            Self::decode(&tail, &value)
        })
    }
}
