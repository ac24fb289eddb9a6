//! Feedback about cloud-to-device messages.

use roost_model::{FeedbackRecord, Identity};

use super::Context;
use crate::error::PartitionError;
use crate::op::QueueLimits;
use crate::table::FEEDBACK;
use crate::table::feedback;

impl Context<'_> {
    /// Keeps a record, if there is one to keep. When as many wait as may, the oldest goes.
    pub(crate) fn tell(&mut self, record: Option<FeedbackRecord>, limits: &QueueLimits) {
        let Some(record) = record else { return };
        let waiting = self.row.feedback_next - self.row.feedback_begin;
        if waiting >= u64::from(limits.feedback_records.max(1)) {
            let oldest = feedback::record_tail(self.row.feedback_begin);
            self.tx.delete(FEEDBACK, &oldest);
            self.row.feedback_begin += 1;
            self.tally.feedback_dropped(1);
        }
        let tail = feedback::record_tail(self.row.feedback_next);
        self.row.feedback_next += 1;
        let value = feedback::encode_record(&record);
        self.tx.put(FEEDBACK, &tail, value);
    }

    /// A record that waits.
    pub(crate) fn feedback_record(
        &self,
        number: u64,
    ) -> Result<Option<FeedbackRecord>, PartitionError> {
        self.tx
            .get(FEEDBACK, &feedback::record_tail(number))?
            .map(|bytes| feedback::decode_record(&bytes))
            .transpose()
    }

    /// Whether a record is about an identity that is still there.
    pub(crate) fn is_current(&self, record: &FeedbackRecord) -> Result<bool, PartitionError> {
        let identity: &Identity = &record.identity;
        let found = self.identity(identity)?;
        Ok(found.is_some_and(|found| found.generation == record.generation))
    }
}
