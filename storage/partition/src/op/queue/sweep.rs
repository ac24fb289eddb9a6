//! Gives up what has expired.

use roost_model::queue::Availability;
use roost_model::{DeadLetterReason, Timestamp};

use super::QueueLimits;
use crate::context::queue::Queue;
use crate::context::{Context, Stop};
use crate::table::{FEEDBACK, QUEUE_EXPIRY, feedback, queue_expiry};

/// Expired messages that are held when they are found stay until they are let go; so many of them are
/// passed by.
const HELD: usize = 4096;

/// Messages become dead letters, feedback goes. The leader decides when; what is due is decided by the
/// entry's time. Never refused.
#[derive(Debug, Clone, PartialEq, Eq, bincode::Encode, bincode::Decode)]
pub struct SweepQueues {
    /// Nothing that expired before is looked for: an earlier sweep has found it.
    pub from: Timestamp,
    /// Messages, and records of feedback, at once.
    pub most: u32,
    /// What is kept of expired messages.
    pub limits: QueueLimits,
}

/// What a sweep did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Swept {
    /// Messages that became dead letters.
    pub messages: u32,
    /// Records and batches of feedback that are gone.
    pub feedback: u32,
    /// There may be more that is due.
    pub more: bool,
}

impl SweepQueues {
    pub(crate) fn apply(self, context: &mut Context<'_>) -> Result<Swept, Stop> {
        let messages = self.messages(context)?;
        let feedback = self.records(context)? + self.batches(context)?;
        let more = messages >= self.most || feedback >= self.most;
        context.tally.feedback_dropped(feedback);
        Ok(Swept {
            messages,
            feedback,
            more,
        })
    }

    fn messages(&self, context: &mut Context<'_>) -> Result<u32, Stop> {
        let (from, to) = (
            queue_expiry::from(self.from),
            queue_expiry::after(context.at),
        );
        let mut due = Vec::new();
        let mut held = 0;
        for row in context.tx.rows(QUEUE_EXPIRY, &from, &to) {
            if due.len() as u64 >= u64::from(self.most) || held >= HELD {
                break;
            }
            let (identity, sequence) = queue_expiry::parse(&row?.0)?;
            let queue = Queue::open(context, &identity)?;
            let Some(message) = queue.message(context, sequence)? else {
                continue;
            };
            match message.availability(context.at, queue.session) {
                Availability::Expired => due.push((identity, sequence, message)),
                Availability::Held | Availability::Ready => held += 1,
            }
        }
        let count = u32::try_from(due.len()).unwrap_or(u32::MAX);
        for (identity, sequence, message) in due {
            let mut queue = Queue::open(context, &identity)?;
            let reason = DeadLetterReason::Expired;
            queue.give_up(context, sequence, message, reason, &self.limits)?;
            queue.close(context);
        }
        Ok(count)
    }

    /// Records lie in the order of time, so the first that may stay ends the search.
    fn records(&self, context: &mut Context<'_>) -> Result<u32, Stop> {
        let mut count = 0;
        while count < self.most && context.row.feedback_begin < context.row.feedback_next {
            let number = context.row.feedback_begin;
            let record = context.feedback_record(number)?;
            let stays = record.is_some_and(|record| {
                context.at < record.at.saturating_add(self.limits.feedback_ttl)
            });
            if stays {
                break;
            }
            context.tx.delete(FEEDBACK, &feedback::record_tail(number));
            context.row.feedback_begin += 1;
            count += 1;
        }
        Ok(count)
    }

    fn batches(&self, context: &mut Context<'_>) -> Result<u32, Stop> {
        let (from, to) = feedback::batches();
        let mut expired = Vec::new();
        for row in context.tx.rows(FEEDBACK, &from, &to).take(HELD) {
            let (tail, value) = row?;
            let batch = feedback::decode_batch(&value)?;
            let is_held = batch.lock.is_some_and(|lock| lock.is_valid(context.at));
            if batch.expires_at <= context.at && !is_held {
                expired.push(tail);
            }
        }
        for tail in &expired {
            context.tx.delete(FEEDBACK, tail);
        }
        Ok(u32::try_from(expired.len()).unwrap_or(u32::MAX))
    }
}
