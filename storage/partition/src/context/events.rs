//! The event stream.

use roost_model::{BatchError, BatchHeader, SequenceNumber, Timestamp};

use super::Context;
use crate::error::PartitionError;
use crate::table::mark::{self, Mark};
use crate::table::{self, EVENT, PARTITION, SESSION};

impl Context<'_> {
    /// The time that events stored now are given: that of the envelope, and never before that of
    /// earlier events.
    pub(crate) fn enqueue_time(&self) -> Timestamp {
        self.at.max(self.row.last_enqueued_at)
    }

    /// Stores `count` encoded records as one batch; gives the first one's sequence number.
    pub(crate) fn store_events(
        &mut self,
        count: u32,
        records: &[u8],
    ) -> Result<SequenceNumber, PartitionError> {
        let base = self.row.next;
        let header = BatchHeader::new(base, self.enqueue_time(), count);
        let next = base
            .checked_add(u64::from(count))
            .ok_or(PartitionError::Records(BatchError::SequenceOverflow))?;
        let value = table::event::encode(&header, records);
        self.tx.put_unread(EVENT, &table::event::tail(base), &value);
        self.new_batches.push(base);
        self.row.next = next;
        self.row.last_enqueued_at = header.enqueued_at;
        self.row.appended_bytes += records.len() as u64;
        self.tally.stored(count, records.len());
        let row = &self.row;
        if row.next.get() - row.sessions_written_at.get() >= self.cadence.events
            || row.appended_bytes - row.sessions_written_bytes >= self.cadence.bytes
        {
            self.write_sessions();
        }
        Ok(base)
    }

    /// Writes the rows of sessions that progressed, and a mark.
    fn write_sessions(&mut self) {
        let tx = &mut self.tx;
        self.sessions.write().write_dirty(|key, state| {
            tx.put_unread(SESSION, key, &table::session::encode(state));
        });
        let mark = Mark {
            sequence: self.row.next,
            bytes: self.row.appended_bytes,
        };
        self.tx
            .put_unread(PARTITION, &mark::tail(mark.sequence), &mark.encode());
        self.new_marks.push(mark);
        self.row.sessions_written_at = mark.sequence;
        self.row.sessions_written_bytes = mark.bytes;
    }

    /// Gives up all batches that end at or before `before`.
    pub(crate) fn trim(&mut self, before: SequenceNumber) -> Result<(), PartitionError> {
        let end = self.batch_boundary(before)?;
        let begin = self.row.begin;
        if end <= begin {
            return Ok(());
        }
        if end > self.row.sessions_written_at {
            // The events that tell sessions' progress are about to go.
            self.write_sessions();
        }
        if let Some(mark) = self.mark_at_or_before(end)? {
            self.row.trimmed_bytes = self.row.trimmed_bytes.max(mark.bytes);
        }
        self.tx
            .delete_range_unread(EVENT, &table::event::tail(begin), &table::event::tail(end));
        let marks = (mark::tail(begin), mark::tail(end.next()));
        self.tx.delete_range_unread(PARTITION, &marks.0, &marks.1);
        self.row.begin = end;
        Ok(())
    }

    /// The last place at or before `sequence` where a batch begins or the stream ends.
    fn batch_boundary(&self, sequence: SequenceNumber) -> Result<SequenceNumber, PartitionError> {
        if sequence >= self.row.next {
            return Ok(self.row.next);
        }
        if sequence <= self.row.begin {
            return Ok(self.row.begin);
        }
        let new = self.new_batches.partition_point(|base| *base <= sequence);
        if let Some(base) = new
            .checked_sub(1)
            .and_then(|last| self.new_batches.get(last))
        {
            return Ok(*base);
        }
        let batch = table::event::batch_of(self.tx.stored(), self.row.begin, sequence)?;
        Ok(batch.header.base_sequence)
    }

    fn mark_at_or_before(&self, sequence: SequenceNumber) -> Result<Option<Mark>, PartitionError> {
        let new = self
            .new_marks
            .partition_point(|mark| mark.sequence <= sequence);
        match new.checked_sub(1).and_then(|last| self.new_marks.get(last)) {
            Some(mark) => Ok(Some(*mark)),
            None => Mark::at_or_before(self.tx.stored(), sequence),
        }
    }
}
