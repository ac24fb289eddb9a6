//! Feedback about cloud-to-device messages.

use std::time::Duration;

use roost_model::Timestamp;
use roost_model::limits::FEEDBACK_BATCH_RECORDS;

use super::Reader;
use crate::error::PartitionError;
use crate::table::{FEEDBACK, feedback};

/// Batches that are looked at for one that is free.
const LOOKED_AT: usize = 1024;

impl Reader {
    /// Whether a receiver would get a batch of feedback now.
    ///
    /// # Errors
    /// A database error, a damaged row.
    pub fn has_feedback(&self, at: Timestamp, wait: Duration) -> Result<bool, PartitionError> {
        self.read(|rows, row| {
            let waiting = row.feedback_next - row.feedback_begin;
            if waiting >= FEEDBACK_BATCH_RECORDS as u64 {
                return Ok(true);
            }
            if waiting > 0 {
                let tail = feedback::record_tail(row.feedback_begin);
                if let Some(bytes) = rows.get(FEEDBACK, &tail)?
                    && feedback::decode_record(&bytes)?.at.saturating_add(wait) <= at
                {
                    return Ok(true);
                }
            }
            let (from, to) = feedback::batches();
            for batch in rows.scan(FEEDBACK, &from, &to).take(LOOKED_AT) {
                if feedback::decode_batch(&batch?.1)?.is_available(at) {
                    return Ok(true);
                }
            }
            Ok(false)
        })
    }

    /// Whether feedback has waited longer than it may.
    ///
    /// # Errors
    /// A database error, a damaged row.
    pub fn has_expired_feedback(
        &self,
        at: Timestamp,
        ttl: Duration,
    ) -> Result<bool, PartitionError> {
        self.read(|rows, row| {
            if row.feedback_begin < row.feedback_next {
                let tail = feedback::record_tail(row.feedback_begin);
                if let Some(bytes) = rows.get(FEEDBACK, &tail)?
                    && feedback::decode_record(&bytes)?.at.saturating_add(ttl) <= at
                {
                    return Ok(true);
                }
            }
            let (from, to) = feedback::batches();
            for batch in rows.scan(FEEDBACK, &from, &to).take(LOOKED_AT) {
                let batch = feedback::decode_batch(&batch?.1)?;
                let is_held = batch.lock.is_some_and(|lock| lock.is_valid(at));
                if batch.expires_at <= at && !is_held {
                    return Ok(true);
                }
            }
            Ok(false)
        })
    }
}
