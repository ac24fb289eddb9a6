//! The event stream.

use roost_model::{BatchHeader, Record, SequenceNumber, StoredBatch, Timestamp};

use super::Reader;
use crate::error::PartitionError;
use crate::table::event;
use crate::table::mark::Mark;

/// Where the stream begins and ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventBounds {
    /// The oldest event that is kept; `next` when there is none.
    pub begin: SequenceNumber,
    /// Where the next event goes.
    pub next: SequenceNumber,
    /// When the newest event ever stored was taken; never, if there was none.
    pub last_enqueued_at: Timestamp,
}

impl EventBounds {
    /// No event is kept.
    pub fn is_empty(&self) -> bool {
        self.begin == self.next
    }
}

impl Reader {
    /// Does not touch the disk.
    pub fn bounds(&self) -> EventBounds {
        let row = self.row();
        EventBounds {
            begin: row.begin,
            next: row.next,
            last_enqueued_at: row.last_enqueued_at,
        }
    }

    /// Bytes of the records that are kept, give or take those between two marks.
    pub fn event_bytes(&self) -> u64 {
        let row = self.row();
        row.appended_bytes - row.trimmed_bytes
    }

    /// The events from `from` on, or from the oldest that is kept. The first batch is cut so that it
    /// begins there, the last one so that there are at most `max_events`. Ends behind the batch that
    /// reaches `max_bytes` of records. Nothing when there are no events, or none is asked for.
    ///
    /// # Errors
    /// A database error, damaged or missing rows.
    pub fn events(
        &self,
        from: SequenceNumber,
        max_events: usize,
        max_bytes: usize,
    ) -> Result<Vec<StoredBatch>, PartitionError> {
        self.read(|rows, row| {
            let mut at = from.max(row.begin);
            let mut found = Vec::new();
            if at >= row.next || max_events == 0 {
                return Ok(found);
            }
            let first = event::batch_of(rows, row.begin, at)?;
            let more = event::scan(rows, first.header.next_sequence(), row.next);
            let (mut events, mut bytes) = (0, 0);
            for batch in std::iter::once(Ok(first)).chain(more) {
                let batch = cut(batch?, at, max_events - events)?;
                if batch.header.base_sequence != at {
                    return Err(PartitionError::EventMissing(at));
                }
                at = batch.header.next_sequence();
                events += batch.header.count as usize;
                bytes += batch.records.len();
                found.push(batch);
                if events >= max_events || bytes >= max_bytes {
                    break;
                }
            }
            Ok(found)
        })
    }

    /// The first event that was enqueued at or after a time; the end of the stream if there is none.
    ///
    /// # Errors
    /// A database error, damaged or missing rows.
    pub fn sequence_at_or_after(&self, time: Timestamp) -> Result<SequenceNumber, PartitionError> {
        self.read(|rows, row| {
            if row.last_enqueued_at < time {
                return Ok(row.next);
            }
            // Enqueued times never go back, so halving finds the place.
            let (mut low, mut high) = (row.begin, row.next);
            while low < high {
                let middle = SequenceNumber(low.get() + (high.get() - low.get()) / 2);
                let header = event::batch_of(rows, row.begin, middle)?.header;
                if header.enqueued_at < time {
                    low = header.next_sequence();
                } else {
                    high = header.base_sequence;
                }
            }
            Ok(low)
        })
    }

    /// When the oldest event that is kept was taken.
    ///
    /// # Errors
    /// A database error, damaged or missing rows.
    pub fn oldest_enqueued_at(&self) -> Result<Option<Timestamp>, PartitionError> {
        self.read(|rows, row| {
            if row.begin == row.next {
                return Ok(None);
            }
            Ok(Some(
                event::batch_of(rows, row.begin, row.begin)?
                    .header
                    .enqueued_at,
            ))
        })
    }

    /// The first place from which on the kept records have at most `max_bytes`, as far as marks tell;
    /// the begin of the stream if that is so already.
    pub(crate) fn sequence_within(&self, max_bytes: u64) -> Result<SequenceNumber, PartitionError> {
        self.read(|rows, row| {
            if row.appended_bytes - row.trimmed_bytes <= max_bytes {
                return Ok(row.begin);
            }
            let mut within = row.begin;
            for mark in Mark::all(rows) {
                let mark = mark?;
                within = within.max(mark.sequence);
                if row.appended_bytes.saturating_sub(mark.bytes) <= max_bytes {
                    break;
                }
            }
            Ok(within)
        })
    }
}

/// The part of a batch that begins at `from` and has at most `max` events. A batch that begins later is
/// cut at its end only.
fn cut(
    batch: StoredBatch,
    from: SequenceNumber,
    max: usize,
) -> Result<StoredBatch, PartitionError> {
    let StoredBatch { header, records } = batch;
    let before = from.get().saturating_sub(header.base_sequence.get());
    let left = u64::from(header.count).saturating_sub(before);
    let count = u32::try_from(max).unwrap_or(u32::MAX).min(left as u32);
    let mut rest = records.clone();
    for _ in 0..before {
        skip(&mut rest)?;
    }
    let mut records = rest.clone();
    if u64::from(count) < left {
        for _ in 0..count {
            skip(&mut rest)?;
        }
        records.truncate(records.len() - rest.len());
    }
    let base = SequenceNumber(header.base_sequence.get() + before);
    let header = BatchHeader {
        base_sequence: base,
        count,
        ..header
    };
    Ok(StoredBatch { header, records })
}

fn skip(records: &mut bytes::Bytes) -> Result<(), PartitionError> {
    match Record::split(records) {
        Ok(Some(_)) => Ok(()),
        Ok(None) => Err(PartitionError::row(
            "event",
            "a batch holds too few records",
        )),
        Err(error) => Err(PartitionError::row("event", error)),
    }
}
