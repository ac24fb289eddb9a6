//! Rows of feedback: `0, number u64 BE` for a record that waits, `1, number u64 BE` for a batch that
//! was put together for a receiver.

use roost_model::{FeedbackBatch, FeedbackRecord, codec};

use crate::error::PartitionError;

const VERSION: u8 = 1;
const RECORD: u8 = 0;
const BATCH: u8 = 1;

pub(crate) fn record_tail(number: u64) -> [u8; 9] {
    numbered(RECORD, number)
}

pub(crate) fn batch_tail(number: u64) -> [u8; 9] {
    numbered(BATCH, number)
}

/// The tails of all batches.
pub(crate) fn batches() -> ([u8; 1], [u8; 1]) {
    ([BATCH], [BATCH + 1])
}

/// The number at the end of a tail.
pub(crate) fn number_of(tail: &[u8]) -> Result<u64, PartitionError> {
    tail.last_chunk()
        .map(|bytes| u64::from_be_bytes(*bytes))
        .ok_or_else(|| PartitionError::row("feedback", "a key without a number"))
}

pub(crate) fn encode_record(record: &FeedbackRecord) -> Vec<u8> {
    codec::encode(VERSION, record)
}

pub(crate) fn decode_record(bytes: &[u8]) -> Result<FeedbackRecord, PartitionError> {
    codec::decode(VERSION, bytes)
        .map(|(_, record)| record)
        .map_err(|error| PartitionError::row("feedback", error))
}

pub(crate) fn encode_batch(batch: &FeedbackBatch) -> Vec<u8> {
    codec::encode(VERSION, batch)
}

pub(crate) fn decode_batch(bytes: &[u8]) -> Result<FeedbackBatch, PartitionError> {
    codec::decode(VERSION, bytes)
        .map(|(_, batch)| batch)
        .map_err(|error| PartitionError::row("feedback", error))
}

fn numbered(tag: u8, number: u64) -> [u8; 9] {
    let mut tail = [tag; 9];
    tail[1..].copy_from_slice(&number.to_be_bytes());
    tail
}
