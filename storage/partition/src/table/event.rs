//! Rows of events: one batch each, keyed by the sequence number of its first event.

use bytes::{BufMut as _, Bytes, BytesMut};
use roost_model::{BatchHeader, SequenceNumber, StoredBatch};

use super::EVENT;
use super::rows::Rows;
use crate::error::PartitionError;

pub(crate) fn tail(sequence: SequenceNumber) -> [u8; 8] {
    sequence.get().to_be_bytes()
}

pub(crate) fn encode(header: &BatchHeader, records: &[u8]) -> BytesMut {
    let mut value = BytesMut::with_capacity(BatchHeader::LEN + records.len());
    header.encode(&mut value);
    value.put_slice(records);
    value
}

/// Reads a row, and checks that it stands where its header says.
pub(crate) fn decode(tail: &[u8], value: Bytes) -> Result<StoredBatch, PartitionError> {
    let batch = StoredBatch::decode(value).map_err(|error| PartitionError::row("event", error))?;
    if self::tail(batch.header.base_sequence) != tail {
        return Err(PartitionError::row(
            "event",
            "a batch stands at a wrong place",
        ));
    }
    Ok(batch)
}

/// The batches whose first event is in `from..to`, ascending.
pub(crate) fn scan(
    rows: &Rows,
    from: SequenceNumber,
    to: SequenceNumber,
) -> impl Iterator<Item = Result<StoredBatch, PartitionError>> + use<'_> {
    rows.scan(EVENT, &tail(from), &tail(to)).map(|row| {
        let (tail, value) = row?;
        decode(&tail, value)
    })
}

/// The batch that holds an event; `begin` is the oldest event that is kept.
pub(crate) fn batch_of(
    rows: &Rows,
    begin: SequenceNumber,
    sequence: SequenceNumber,
) -> Result<StoredBatch, PartitionError> {
    let (from, to) = (tail(begin), tail(sequence.next()));
    let (tail, value) = rows
        .last_before(EVENT, &from, &to)?
        .ok_or(PartitionError::EventMissing(sequence))?;
    let batch = decode(&tail, value)?;
    if batch.header.next_sequence() <= sequence {
        return Err(PartitionError::EventMissing(sequence));
    }
    Ok(batch)
}
