//! Queues of cloud-to-device messages.

use roost_model::{
    ConnectionEpoch, DeadLetter, DeadLetterReason, FeedbackStatus, Identity, QueuedMessage,
    identity_key,
};

use super::Context;
use crate::error::PartitionError;
use crate::op::QueueLimits;
use crate::table::queue::{self, QueueHeader, Sequence};
use crate::table::{QUEUE, QUEUE_EXPIRY, queue_expiry};

/// One identity's queue while an operation works on it. [`Queue::close`] writes what has changed.
#[derive(Debug)]
pub(crate) struct Queue<'q> {
    pub(crate) identity: &'q Identity,
    pub(crate) key: Vec<u8>,
    pub(crate) header: QueueHeader,
    /// The device's session, which holds what it has received.
    pub(crate) session: Option<ConnectionEpoch>,
    before: QueueHeader,
}

impl<'q> Queue<'q> {
    pub(crate) fn open(
        context: &Context<'_>,
        identity: &'q Identity,
    ) -> Result<Self, PartitionError> {
        let key = identity_key(identity);
        let header = match context.tx.get(QUEUE, &queue::header_tail(&key))? {
            None => QueueHeader::default(),
            Some(bytes) => QueueHeader::decode(&bytes)?,
        };
        let session = context.sessions.read().get(&key).map(|state| state.epoch);
        Ok(Self {
            identity,
            key,
            header,
            session,
            before: header,
        })
    }

    pub(crate) fn message(
        &self,
        context: &Context<'_>,
        sequence: Sequence,
    ) -> Result<Option<QueuedMessage>, PartitionError> {
        context
            .tx
            .get(QUEUE, &queue::message_tail(&self.key, sequence))?
            .map(|bytes| queue::decode_message(&bytes))
            .transpose()
    }

    /// The messages, in the order in which they came.
    pub(crate) fn messages(
        &self,
        context: &Context<'_>,
    ) -> impl Iterator<Item = Result<(Sequence, QueuedMessage), PartitionError>> {
        let (from, to) = queue::messages_from(&self.key, self.header.first);
        context.tx.rows(QUEUE, &from, &to).map(|row| {
            let (tail, value) = row?;
            Ok((queue::sequence_of(&tail)?, queue::decode_message(&value)?))
        })
    }

    /// The dead letters, in the order in which their messages came.
    pub(crate) fn dead_letters(
        &self,
        context: &Context<'_>,
    ) -> impl Iterator<Item = Result<(Sequence, DeadLetter), PartitionError>> {
        let (from, to) = queue::dead_letters_from(&self.key, self.header.first_dead);
        context.tx.rows(QUEUE, &from, &to).map(|row| {
            let (tail, value) = row?;
            let letter = queue::decode_dead_letter(&value)?;
            Ok((queue::sequence_of(&tail)?, letter))
        })
    }

    /// Puts a message at its place, whose content is there.
    pub(crate) fn insert(
        &mut self,
        context: &mut Context<'_>,
        sequence: Sequence,
        message: &QueuedMessage,
    ) {
        let header = &mut self.header;
        if header.depth == 0 || sequence < header.first {
            header.first = sequence;
        }
        header.depth += 1;
        context.row.queued += 1;
        let due = queue_expiry::tail(message.expires_at, sequence, &self.key);
        context
            .tx
            .put(QUEUE_EXPIRY, &due, queue_expiry::VALUE.to_vec());
        self.update(context, sequence, message);
    }

    /// Writes what has changed about a message.
    pub(crate) fn update(
        &self,
        context: &mut Context<'_>,
        sequence: Sequence,
        message: &QueuedMessage,
    ) {
        let tail = queue::message_tail(&self.key, sequence);
        let value = queue::encode_message(message);
        context.tx.put(QUEUE, &tail, value);
    }

    /// Takes a message out of the queue for good.
    pub(crate) fn remove(
        &mut self,
        context: &mut Context<'_>,
        sequence: Sequence,
        message: &QueuedMessage,
    ) {
        self.take_out(context, sequence, message);
        self.remove_content(context, sequence);
    }

    /// Makes a dead letter of a message, and tells its sender.
    pub(crate) fn give_up(
        &mut self,
        context: &mut Context<'_>,
        sequence: Sequence,
        message: QueuedMessage,
        reason: DeadLetterReason,
        limits: &QueueLimits,
    ) -> Result<(), PartitionError> {
        self.take_out(context, sequence, &message);
        let feedback = message.feedback(self.identity, reason.status(), context.at);
        context.tell(feedback, limits);
        context.tally.dead_lettered();
        while self.header.dead >= limits.dead_letters.max(1) {
            let Some((oldest, _)) = self.dead_letters(context).next().transpose()? else {
                break;
            };
            self.forget(context, oldest);
        }
        let letter = DeadLetter {
            reason,
            at: context.at,
            message,
        };
        let tail = queue::dead_letter_tail(&self.key, sequence);
        let value = queue::encode_dead_letter(&letter);
        context.tx.put(QUEUE, &tail, value);
        let header = &mut self.header;
        if header.dead == 0 || sequence < header.first_dead {
            header.first_dead = sequence;
        }
        header.dead += 1;
        context.row.dead_letters += 1;
        Ok(())
    }

    /// Forgets a dead letter, its content included.
    pub(crate) fn forget(&mut self, context: &mut Context<'_>, sequence: Sequence) {
        self.take_dead(context, sequence);
        self.remove_content(context, sequence);
    }

    /// Takes a dead letter out; its content stays.
    pub(crate) fn take_dead(&mut self, context: &mut Context<'_>, sequence: Sequence) {
        let tail = queue::dead_letter_tail(&self.key, sequence);
        context.tx.delete(QUEUE, &tail);
        let header = &mut self.header;
        if sequence == header.first_dead {
            header.first_dead = sequence + 1;
        }
        header.dead -= 1;
        context.row.dead_letters -= 1;
    }

    /// Tells the sender of a message what became of it.
    pub(crate) fn tell(
        &self,
        context: &mut Context<'_>,
        message: &QueuedMessage,
        status: FeedbackStatus,
        limits: &QueueLimits,
    ) {
        let feedback = message.feedback(self.identity, status, context.at);
        context.tell(feedback, limits);
    }

    /// Writes the header, if it has changed.
    pub(crate) fn close(self, context: &mut Context<'_>) {
        if self.header == self.before {
            return;
        }
        let tail = queue::header_tail(&self.key);
        if self.header.is_empty() {
            context.tx.delete(QUEUE, &tail);
        } else {
            context.tx.put(QUEUE, &tail, self.header.encode());
        }
    }

    fn take_out(&mut self, context: &mut Context<'_>, sequence: Sequence, message: &QueuedMessage) {
        let tail = queue::message_tail(&self.key, sequence);
        context.tx.delete(QUEUE, &tail);
        let due = queue_expiry::tail(message.expires_at, sequence, &self.key);
        context.tx.delete(QUEUE_EXPIRY, &due);
        let header = &mut self.header;
        if sequence == header.first {
            header.first = sequence + 1;
        }
        header.depth -= 1;
        context.row.queued -= 1;
    }

    fn remove_content(&self, context: &mut Context<'_>, sequence: Sequence) {
        let tail = queue::content_tail(&self.key, sequence);
        context.tx.delete_unread(QUEUE, &tail);
    }
}

impl Context<'_> {
    /// Removes an identity's queue and dead letters: the identity goes.
    pub(crate) fn drop_queue(&mut self, identity: &Identity) -> Result<(), PartitionError> {
        let mut queue = Queue::open(self, identity)?;
        if queue.header.depth > 0 {
            let messages: Vec<_> = queue.messages(self).collect::<Result<_, _>>()?;
            for (sequence, message) in messages {
                queue.remove(self, sequence, &message);
            }
        }
        if queue.header.dead > 0 {
            let letters: Vec<_> = queue.dead_letters(self).collect::<Result<_, _>>()?;
            for (sequence, _) in letters {
                queue.forget(self, sequence);
            }
        }
        queue.close(self);
        Ok(())
    }
}
