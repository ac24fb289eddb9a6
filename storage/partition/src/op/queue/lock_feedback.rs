//! Gives feedback to a receiver.

use std::time::Duration;

use roost_model::limits::FEEDBACK_BATCH_RECORDS;
use roost_model::queue::Lock;
use roost_model::{ConnectionEpoch, FeedbackBatch, LockToken};

use super::QueueLimits;
use crate::context::{Context, Stop};
use crate::error::PartitionError;
use crate::table::{FEEDBACK, feedback};

/// Batches that are looked at for one that is free.
const LOOKED_AT: usize = 1024;

/// The oldest batch that nobody holds; if there is none, a new one of what waits, once
/// [`FEEDBACK_BATCH_RECORDS`] records do or the oldest has waited long enough. Records of identities
/// that are gone, or are others now, are dropped on the way. Never refused.
///
/// Source: IoT Hub developer guide, cloud-to-device messages, message feedback.
#[derive(Debug, Clone, PartialEq, Eq, bincode::Encode, bincode::Decode)]
pub struct LockFeedback {
    /// Random: tells the lock from others.
    pub seed: u64,
    /// How long the receiver may hold it.
    pub duration: Duration,
    /// How long a record waits for others.
    pub wait: Duration,
    /// How long feedback is kept.
    pub limits: QueueLimits,
}

type Granted = Option<(LockToken, Box<FeedbackBatch>)>;

impl LockFeedback {
    pub(crate) fn apply(self, context: &mut Context<'_>) -> Result<Granted, Stop> {
        let Some((number, mut batch)) = self
            .waiting(context)?
            .map_or_else(|| self.fresh(context), |batch| Ok(Some(batch)))?
        else {
            return Ok(None);
        };
        let token = LockToken::new(number, context.row.partition.get(), self.seed);
        batch.lock = Some(Lock {
            token,
            until: context.at.saturating_add(self.duration),
            receiver: ConnectionEpoch(0),
        });
        let value = feedback::encode_batch(&batch);
        context
            .tx
            .put(FEEDBACK, &feedback::batch_tail(number), value);
        Ok(Some((token, Box::new(batch))))
    }

    /// A batch that was put together before and that nobody holds.
    fn waiting(
        &self,
        context: &mut Context<'_>,
    ) -> Result<Option<(u64, FeedbackBatch)>, PartitionError> {
        let (from, to) = feedback::batches();
        let mut empty = Vec::new();
        let mut found = None;
        for row in context.tx.rows(FEEDBACK, &from, &to).take(LOOKED_AT) {
            let (tail, value) = row?;
            let mut batch = feedback::decode_batch(&value)?;
            if !batch.is_available(context.at) {
                continue;
            }
            batch.records = self.kept(context, std::mem::take(&mut batch.records))?;
            if batch.records.is_empty() {
                empty.push(tail);
                continue;
            }
            found = Some((feedback::number_of(&tail)?, batch));
            break;
        }
        for tail in empty {
            context.tx.delete(FEEDBACK, &tail);
        }
        Ok(found)
    }

    /// A batch of records that wait, if it is time.
    fn fresh(
        &self,
        context: &mut Context<'_>,
    ) -> Result<Option<(u64, FeedbackBatch)>, PartitionError> {
        let begin = context.row.feedback_begin;
        let waiting = context.row.feedback_next - begin;
        let is_full = waiting >= FEEDBACK_BATCH_RECORDS as u64;
        let Some(oldest) = context.feedback_record(begin)? else {
            return Ok(None);
        };
        if !is_full && context.at < oldest.at.saturating_add(self.wait) {
            return Ok(None);
        }
        let mut records = Vec::new();
        for number in begin..begin + waiting.min(FEEDBACK_BATCH_RECORDS as u64) {
            records.extend(context.feedback_record(number)?);
            context.tx.delete(FEEDBACK, &feedback::record_tail(number));
            context.row.feedback_begin = number + 1;
        }
        let batch = FeedbackBatch {
            at: context.at,
            expires_at: oldest.at.saturating_add(self.limits.feedback_ttl),
            delivery_count: 0,
            lock: None,
            records: self.kept(context, records)?,
        };
        // A batch is numbered like its first record.
        Ok((!batch.records.is_empty() && batch.is_available(context.at)).then_some((begin, batch)))
    }

    fn kept(
        &self,
        context: &Context<'_>,
        records: Vec<roost_model::FeedbackRecord>,
    ) -> Result<Vec<roost_model::FeedbackRecord>, PartitionError> {
        let mut kept = Vec::with_capacity(records.len());
        for record in records {
            if context.is_current(&record)? {
                kept.push(record);
            }
        }
        Ok(kept)
    }
}
