//! The partition's own row: where it stands, and its counters.

use roost_model::{
    ConnectionEpoch, ETag, Generation, PartitionId, SequenceNumber, Timestamp, codec,
};

use super::PARTITION;
use super::rows::Rows;
use crate::error::PartitionError;
use crate::position::Position;

const VERSION: u8 = 1;
/// The row's tail.
pub(crate) const TAIL: [u8; 1] = [0];

/// Written with every batch, so that the data and the position that it stands for never part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, bincode::Encode, bincode::Decode)]
pub(crate) struct PartitionRow {
    pub(crate) partition: PartitionId,
    /// The last applied entry.
    pub(crate) position: Option<Position>,
    /// The oldest event that is kept; begins a batch.
    pub(crate) begin: SequenceNumber,
    /// Where the next event goes.
    pub(crate) next: SequenceNumber,
    /// Enqueued times never go back.
    pub(crate) last_enqueued_at: Timestamp,
    /// Bytes of records ever stored, and those of them that were given up, the latter by whole marks.
    pub(crate) appended_bytes: u64,
    pub(crate) trimmed_bytes: u64,
    /// Sessions' rows hold what was stored before this event...
    pub(crate) sessions_written_at: SequenceNumber,
    /// ...when `appended_bytes` was this.
    pub(crate) sessions_written_bytes: u64,
    pub(crate) last_epoch: ConnectionEpoch,
    pub(crate) last_generation: Generation,
    pub(crate) last_etag: ETag,
    pub(crate) devices: u64,
    pub(crate) disabled_devices: u64,
    pub(crate) modules: u64,
    /// The last number given to a cloud-to-device message.
    pub(crate) last_message: u64,
    /// Cloud-to-device messages that wait, and those that were given up and are kept.
    pub(crate) queued: u64,
    pub(crate) dead_letters: u64,
    /// Records of feedback from this number on wait...
    pub(crate) feedback_begin: u64,
    /// ...up to this one, which the next record gets.
    pub(crate) feedback_next: u64,
}

impl PartitionRow {
    /// Of a partition to which nothing was applied.
    pub(crate) fn new(partition: PartitionId) -> Self {
        Self {
            partition,
            position: None,
            begin: SequenceNumber::FIRST,
            next: SequenceNumber::FIRST,
            last_enqueued_at: Timestamp::NEVER,
            appended_bytes: 0,
            trimmed_bytes: 0,
            sessions_written_at: SequenceNumber::FIRST,
            sessions_written_bytes: 0,
            last_epoch: ConnectionEpoch(0),
            last_generation: Generation(0),
            last_etag: ETag(0),
            devices: 0,
            disabled_devices: 0,
            modules: 0,
            last_message: 0,
            queued: 0,
            dead_letters: 0,
            feedback_begin: 0,
            feedback_next: 0,
        }
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        codec::encode(VERSION, self)
    }

    /// Reads a row, and checks that it is this partition's.
    pub(crate) fn decode(partition: PartitionId, bytes: &[u8]) -> Result<Self, PartitionError> {
        let (_, row) = codec::decode::<Self>(VERSION, bytes)
            .map_err(|error| PartitionError::row("partition", error))?;
        if row.partition != partition {
            let (expected, found) = (partition.get(), row.partition.get());
            return Err(PartitionError::OtherPartition { expected, found });
        }
        Ok(row)
    }

    /// The stored row, or that of a new partition.
    pub(crate) fn read(rows: &Rows, partition: PartitionId) -> Result<Self, PartitionError> {
        match rows.get(PARTITION, &TAIL)? {
            None => Ok(Self::new(partition)),
            Some(bytes) => Self::decode(partition, &bytes),
        }
    }

    /// The next epoch: above every earlier one of this partition.
    pub(crate) fn next_epoch(&mut self) -> ConnectionEpoch {
        self.last_epoch = ConnectionEpoch(self.last_epoch.get() + 1);
        self.last_epoch
    }

    /// The next generation: above every earlier one, and near the clock, so that it differs from
    /// those of a hub that was lost and made again.
    pub(crate) fn next_generation(&mut self, at: Timestamp) -> Generation {
        let next = at.as_millis().max(self.last_generation.get() + 1);
        self.last_generation = Generation(next);
        self.last_generation
    }

    /// The next number of a cloud-to-device message, above every earlier one.
    pub(crate) fn next_message(&mut self) -> u64 {
        self.last_message += 1;
        self.last_message
    }

    /// The next entity tag, different from every other tag of this partition.
    pub(crate) fn next_etag(&mut self) -> ETag {
        self.last_etag = self.last_etag.next();
        self.last_etag
    }
}
