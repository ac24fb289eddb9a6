//! A stored batch: the events of one log entry, as one value.
//!
//! ```text
//! offset  0  u8      header version, 1
//!         1  u64 LE  sequence number of the first event
//!         9  u64 LE  enqueued time, ms since the Unix epoch
//!        17  u32 LE  number of events
//!        21  …       that many records, see [`super::record`]
//! ```

use bytes::{BufMut as _, Bytes, BytesMut};
use thiserror::Error;

use super::record::{self, Record, RecordError};
use crate::sequence::SequenceNumber;
use crate::time::Timestamp;

/// Why bytes are not a stored batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum BatchError {
    #[error("batch header is cut off")]
    Truncated,
    #[error("batch header version {0} is not known")]
    UnknownVersion(u8),
    #[error("batch reaches past the last sequence number")]
    SequenceOverflow,
    #[error("batch holds fewer or more records than its header says")]
    CountMismatch,
    #[error(transparent)]
    Record(#[from] RecordError),
}

/// Where a batch begins in its partition, and when the hub took it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchHeader {
    /// The layout's version, [`Self::VERSION`] when written.
    pub version: u8,
    /// The sequence number of the first event; the others follow without gaps.
    pub base_sequence: SequenceNumber,
    /// The moment at which the hub took the events: the same for all of a batch.
    pub enqueued_at: Timestamp,
    /// How many events the batch holds.
    pub count: u32,
}

impl BatchHeader {
    /// The newest layout, the one that is written.
    pub const VERSION: u8 = 1;
    /// Bytes of an encoded header.
    pub const LEN: usize = 21;

    pub fn new(base_sequence: SequenceNumber, enqueued_at: Timestamp, count: u32) -> Self {
        Self {
            version: Self::VERSION,
            base_sequence,
            enqueued_at,
            count,
        }
    }

    /// Appends the header to `out`.
    pub fn encode(&self, out: &mut BytesMut) {
        out.put_u8(self.version);
        out.put_u64_le(self.base_sequence.get());
        out.put_u64_le(self.enqueued_at.as_millis());
        out.put_u32_le(self.count);
    }

    /// Reads the header at the front of `bytes`; what follows it is not looked at.
    pub fn decode(bytes: &[u8]) -> Result<Self, BatchError> {
        let (&version, rest) = bytes.split_first().ok_or(BatchError::Truncated)?;
        if version != Self::VERSION {
            return Err(BatchError::UnknownVersion(version));
        }
        let (base, rest) = rest.split_first_chunk().ok_or(BatchError::Truncated)?;
        let (enqueued, rest) = rest.split_first_chunk().ok_or(BatchError::Truncated)?;
        let (count, _) = rest.split_first_chunk().ok_or(BatchError::Truncated)?;
        let header = Self {
            version,
            base_sequence: SequenceNumber(u64::from_le_bytes(*base)),
            enqueued_at: Timestamp(u64::from_le_bytes(*enqueued)),
            count: u32::from_le_bytes(*count),
        };
        if header
            .base_sequence
            .checked_add(u64::from(header.count))
            .is_none()
        {
            return Err(BatchError::SequenceOverflow);
        }
        Ok(header)
    }

    /// The sequence number after the batch's last event.
    pub fn next_sequence(&self) -> SequenceNumber {
        SequenceNumber(
            self.base_sequence
                .get()
                .saturating_add(u64::from(self.count)),
        )
    }
}

/// A batch as it is stored and read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredBatch {
    pub header: BatchHeader,
    /// The records, one behind the other.
    pub records: Bytes,
}

impl StoredBatch {
    /// The stored value: header, then records.
    pub fn encode(&self) -> Bytes {
        let mut out = BytesMut::with_capacity(BatchHeader::LEN + self.records.len());
        self.header.encode(&mut out);
        out.put_slice(&self.records);
        out.freeze()
    }

    /// Reads the header; the records are read by [`Self::iter`] and share the buffer.
    pub fn decode(mut value: Bytes) -> Result<Self, BatchError> {
        let header = BatchHeader::decode(&value)?;
        let records = value.split_off(BatchHeader::LEN);
        Ok(Self { header, records })
    }

    /// The events in order. Ends after the first error; a count that differs from the header's is one.
    pub fn iter(&self) -> BatchRecords {
        BatchRecords {
            rest: self.records.clone(),
            next: self.header.base_sequence,
            remaining: self.header.count,
        }
    }

    /// The events from a sequence number on; those before it are skipped without being read.
    pub fn iter_from(&self, from: SequenceNumber) -> BatchRecords {
        let mut records = self.iter();
        while records.next < from && records.pass_over() {}
        records
    }
}

impl IntoIterator for &StoredBatch {
    type Item = Result<(SequenceNumber, Record), BatchError>;
    type IntoIter = BatchRecords;

    fn into_iter(self) -> BatchRecords {
        self.iter()
    }
}

/// The records of a batch with their sequence numbers.
#[derive(Debug, Clone)]
pub struct BatchRecords {
    rest: Bytes,
    next: SequenceNumber,
    remaining: u32,
}

impl BatchRecords {
    /// Passes over one record by its length alone. `false`, and nothing passed, if there is none or it is
    /// cut off: the next read says which.
    fn pass_over(&mut self) -> bool {
        match record::frame_len(&self.rest) {
            Ok(length) if self.remaining > 0 => {
                let _ = self.rest.split_to(length);
                self.advance();
                true
            }
            _ => false,
        }
    }

    fn advance(&mut self) -> SequenceNumber {
        let sequence = self.next;
        self.next = sequence.next();
        self.remaining = self.remaining.saturating_sub(1);
        sequence
    }

    fn fail(&mut self, error: BatchError) -> BatchError {
        self.rest = Bytes::new();
        self.remaining = 0;
        error
    }
}

impl Iterator for BatchRecords {
    type Item = Result<(SequenceNumber, Record), BatchError>;

    fn next(&mut self) -> Option<Self::Item> {
        match Record::split(&mut self.rest) {
            Ok(None) if self.remaining == 0 => None,
            Ok(Some(record)) if self.remaining > 0 => Some(Ok((self.advance(), record))),
            Ok(_) => Some(Err(self.fail(BatchError::CountMismatch))),
            Err(error) => Some(Err(self.fail(error.into()))),
        }
    }
}

#[cfg(test)]
mod tests;
