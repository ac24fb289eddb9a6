//! Queues of cloud-to-device messages.

use roost_model::{
    ConnectionEpoch, DeadLetter, Event, Identity, QueuedMessage, Timestamp, identity_key,
};

use super::Reader;
use crate::error::PartitionError;
use crate::table::queue::{self, QueueHeader};
use crate::table::rows::Rows;
use crate::table::{QUEUE, QUEUE_EXPIRY, queue_expiry};

/// A message of a queue, as somebody who only looks sees it.
#[derive(Debug, Clone, PartialEq, Eq, bincode::Encode, bincode::Decode)]
pub struct WaitingMessage {
    /// Its number.
    pub sequence: u64,
    /// How it stands.
    pub message: QueuedMessage,
    /// What it says.
    pub content: Event,
}

/// A dead letter, and what it says.
#[derive(Debug, Clone, PartialEq, Eq, bincode::Encode, bincode::Decode)]
pub struct KeptLetter {
    /// The number of its message.
    pub sequence: u64,
    /// Why and when it was given up.
    pub letter: DeadLetter,
    /// What it says.
    pub content: Event,
}

/// What waits in a partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct QueueStatistics {
    /// Messages in queues.
    pub queued: u64,
    /// Dead letters.
    pub dead_letters: u64,
    /// Records of feedback that are in no batch yet.
    pub feedback: u64,
}

impl Reader {
    /// How many messages wait for an identity, those that it holds included.
    ///
    /// # Errors
    /// A database error, a damaged row.
    pub fn queue_depth(&self, identity: &Identity) -> Result<u32, PartitionError> {
        Ok(self.queue_header(identity)?.depth)
    }

    /// The first messages of a queue, behind the one with the number `after`. Ends after `most`
    /// messages, or the one that reaches `max_bytes` of content.
    ///
    /// # Errors
    /// A database error, damaged or missing rows.
    pub fn queue(
        &self,
        identity: &Identity,
        after: Option<u64>,
        most: usize,
        max_bytes: usize,
    ) -> Result<Vec<WaitingMessage>, PartitionError> {
        let key = identity_key(identity);
        let header = self.queue_header(identity)?;
        let first = after.map_or(header.first, |after| header.first.max(after + 1));
        let (from, to) = queue::messages_from(&key, first);
        self.read(|rows, _| {
            let (mut messages, mut bytes) = (Vec::new(), 0);
            for row in rows.scan(QUEUE, &from, &to).take(most) {
                let (tail, value) = row?;
                let sequence = queue::sequence_of(&tail)?;
                // It may have left the queue since the scan began.
                if let Some(content) = content(rows, &key, sequence)? {
                    bytes += content.size();
                    let message = queue::decode_message(&value)?;
                    messages.push(WaitingMessage {
                        sequence,
                        message,
                        content,
                    });
                }
                if bytes >= max_bytes {
                    break;
                }
            }
            Ok(messages)
        })
    }

    /// The first dead letters of an identity, behind the one with the number `after`. Ends after
    /// `most` of them, or the one that reaches `max_bytes` of content.
    ///
    /// # Errors
    /// A database error, damaged or missing rows.
    pub fn dead_letters(
        &self,
        identity: &Identity,
        after: Option<u64>,
        most: usize,
        max_bytes: usize,
    ) -> Result<Vec<KeptLetter>, PartitionError> {
        let key = identity_key(identity);
        let header = self.queue_header(identity)?;
        let first = after.map_or(header.first_dead, |after| header.first_dead.max(after + 1));
        let (from, to) = queue::dead_letters_from(&key, first);
        self.read(|rows, _| {
            let (mut letters, mut bytes) = (Vec::new(), 0);
            for row in rows.scan(QUEUE, &from, &to).take(most) {
                let (tail, value) = row?;
                let sequence = queue::sequence_of(&tail)?;
                if let Some(content) = content(rows, &key, sequence)? {
                    bytes += content.size();
                    let letter = queue::decode_dead_letter(&value)?;
                    letters.push(KeptLetter {
                        sequence,
                        letter,
                        content,
                    });
                }
                if bytes >= max_bytes {
                    break;
                }
            }
            Ok(letters)
        })
    }

    /// What a message says; none when it is gone.
    ///
    /// # Errors
    /// A database error, a damaged row.
    pub fn message_content(
        &self,
        identity: &Identity,
        sequence: u64,
    ) -> Result<Option<Event>, PartitionError> {
        let key = identity_key(identity);
        self.read(|rows, _| content(rows, &key, sequence))
    }

    /// The messages that a session holds at a moment, in the order in which they came; looks at the
    /// first `most` messages of the queue.
    ///
    /// # Errors
    /// A database error, a damaged row.
    pub fn held_by(
        &self,
        identity: &Identity,
        session: ConnectionEpoch,
        at: Timestamp,
        most: usize,
    ) -> Result<Vec<(u64, QueuedMessage)>, PartitionError> {
        let header = self.queue_header(identity)?;
        if header.depth == 0 {
            return Ok(Vec::new());
        }
        let (from, to) = queue::messages_from(&identity_key(identity), header.first);
        self.read(|rows, _| {
            let mut held = Vec::new();
            for row in rows.scan(QUEUE, &from, &to).take(most) {
                let (tail, value) = row?;
                let message = queue::decode_message(&value)?;
                let is_held = message
                    .lock
                    .is_some_and(|lock| lock.receiver == session && lock.is_valid(at));
                if is_held {
                    held.push((queue::sequence_of(&tail)?, message));
                }
            }
            Ok(held)
        })
    }

    /// Whether a message expired at or after `from`, and at or before `at`.
    ///
    /// # Errors
    /// A database error.
    pub fn has_expired(&self, from: Timestamp, at: Timestamp) -> Result<bool, PartitionError> {
        let (from, to) = (queue_expiry::from(from), queue_expiry::after(at));
        self.read(|rows, _| {
            let first = rows.scan(QUEUE_EXPIRY, &from, &to).next().transpose()?;
            Ok(first.is_some())
        })
    }

    /// Counts that are kept, not counted.
    pub fn queue_statistics(&self) -> QueueStatistics {
        let row = self.row();
        QueueStatistics {
            queued: row.queued,
            dead_letters: row.dead_letters,
            feedback: row.feedback_next - row.feedback_begin,
        }
    }

    fn queue_header(&self, identity: &Identity) -> Result<QueueHeader, PartitionError> {
        let tail = queue::header_tail(&identity_key(identity));
        self.read(|rows, _| match rows.get(QUEUE, &tail)? {
            None => Ok(QueueHeader::default()),
            Some(bytes) => QueueHeader::decode(&bytes),
        })
    }
}

fn content(rows: &Rows, key: &[u8], sequence: u64) -> Result<Option<Event>, PartitionError> {
    rows.get(QUEUE, &queue::content_tail(key, sequence))?
        .map(|bytes| queue::decode_content(&bytes))
        .transpose()
}
