//! What people do with dead letters.

use roost_model::{Identity, QueuedMessage};

use super::QueueLimits;
use crate::context::queue::Queue;
use crate::context::{Context, Stop};
use crate::rejection::Rejection;
use crate::table::QUEUE;
use crate::table::queue;

/// Forgets one dead letter of an identity, or all of them; tells how many there were.
///
/// Fails with [`Rejection::DeviceNotFound`] and [`Rejection::ModuleNotFound`].
#[derive(Debug, Clone, PartialEq, Eq, bincode::Encode, bincode::Decode)]
pub struct DeleteDeadLetters {
    /// Whose.
    pub identity: Identity,
    /// Which; all when none is named.
    pub sequence: Option<u64>,
}

/// Puts a dead letter back into its queue, at its old place, as if it had not been delivered and had
/// just been sent. Tells how many there were: one or none.
///
/// Fails with [`Rejection::DeviceNotFound`], [`Rejection::ModuleNotFound`] and
/// [`Rejection::QueueFull`].
#[derive(Debug, Clone, PartialEq, Eq, bincode::Encode, bincode::Decode)]
pub struct ResubmitDeadLetter {
    /// Whose.
    pub identity: Identity,
    /// Which.
    pub sequence: u64,
    /// The limits to hold.
    pub limits: QueueLimits,
}

impl DeleteDeadLetters {
    pub(crate) fn apply(self, context: &mut Context<'_>) -> Result<u32, Stop> {
        context.existing(&self.identity)?;
        let mut queue = Queue::open(context, &self.identity)?;
        if queue.header.dead == 0 {
            return Ok(0);
        }
        let doomed: Vec<u64> = match self.sequence {
            None => queue
                .dead_letters(context)
                .map(|row| row.map(|(sequence, _)| sequence))
                .collect::<Result<_, _>>()?,
            Some(sequence) => {
                let tail = queue::dead_letter_tail(&queue.key, sequence);
                let found = context.tx.get(QUEUE, &tail)?;
                found.map(|_| sequence).into_iter().collect()
            }
        };
        for sequence in &doomed {
            queue.forget(context, *sequence);
        }
        queue.close(context);
        Ok(u32::try_from(doomed.len()).unwrap_or(u32::MAX))
    }
}

impl ResubmitDeadLetter {
    pub(crate) fn apply(self, context: &mut Context<'_>) -> Result<u32, Stop> {
        context.existing(&self.identity)?;
        let mut queue = Queue::open(context, &self.identity)?;
        let tail = queue::dead_letter_tail(&queue.key, self.sequence);
        let Some(bytes) = context.tx.get(QUEUE, &tail)? else {
            return Ok(0);
        };
        if queue.header.depth >= self.limits.messages {
            return Err(Rejection::QueueFull.into());
        }
        let letter = queue::decode_dead_letter(&bytes)?;
        let message = QueuedMessage {
            enqueued_at: context.at,
            expires_at: context.at.saturating_add(self.limits.ttl),
            delivery_count: 0,
            was_delivered: false,
            lock: None,
            ..letter.message
        };
        queue.take_dead(context, self.sequence);
        queue.insert(context, self.sequence, &message);
        queue.close(context);
        Ok(1)
    }
}
