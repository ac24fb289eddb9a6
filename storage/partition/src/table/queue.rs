//! Rows of cloud-to-device messages.
//!
//! ```text
//! identity key, 1                     QueueHeader: how many messages and dead letters there are
//! identity key, 2, sequence u64 BE    QueuedMessage: everything that changes
//! identity key, 3, sequence u64 BE    Event: the content, written once
//! identity key, 4, sequence u64 BE    DeadLetter; its content stays where it is
//! ```
//!
//! No id has a byte below 32, so the tags keep identities apart.

use bytes::Bytes;
use roost_model::{CodecError, DeadLetter, Event, QueuedMessage, codec};

use crate::error::PartitionError;

const VERSION: u8 = 1;

const HEADER: u8 = 1;
const MESSAGE: u8 = 2;
const CONTENT: u8 = 3;
const DEAD_LETTER: u8 = 4;

/// The number of a message: given out in log order, never reused in its partition.
pub(crate) type Sequence = u64;

/// What is known of a queue without looking at its messages. A queue without messages and dead
/// letters has no row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, bincode::Encode, bincode::Decode)]
pub(crate) struct QueueHeader {
    /// No message has a lower number.
    pub(crate) first: Sequence,
    /// Messages, those that receivers hold included.
    pub(crate) depth: u32,
    /// No dead letter has a lower number.
    pub(crate) first_dead: Sequence,
    pub(crate) dead: u32,
}

impl QueueHeader {
    pub(crate) fn is_empty(&self) -> bool {
        self.depth == 0 && self.dead == 0
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        codec::encode(VERSION, self)
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, PartitionError> {
        decoded(codec::decode(VERSION, bytes))
    }
}

pub(crate) fn header_tail(identity_key: &[u8]) -> Vec<u8> {
    tagged(identity_key, HEADER)
}

pub(crate) fn message_tail(identity_key: &[u8], sequence: Sequence) -> Vec<u8> {
    numbered(identity_key, MESSAGE, sequence)
}

pub(crate) fn content_tail(identity_key: &[u8], sequence: Sequence) -> Vec<u8> {
    numbered(identity_key, CONTENT, sequence)
}

pub(crate) fn dead_letter_tail(identity_key: &[u8], sequence: Sequence) -> Vec<u8> {
    numbered(identity_key, DEAD_LETTER, sequence)
}

/// The tails of an identity's messages from a number on.
pub(crate) fn messages_from(identity_key: &[u8], first: Sequence) -> (Vec<u8>, Vec<u8>) {
    let to = tagged(identity_key, MESSAGE + 1);
    (message_tail(identity_key, first), to)
}

/// The tails of an identity's dead letters from a number on.
pub(crate) fn dead_letters_from(identity_key: &[u8], first: Sequence) -> (Vec<u8>, Vec<u8>) {
    let to = tagged(identity_key, DEAD_LETTER + 1);
    (dead_letter_tail(identity_key, first), to)
}

/// The number at the end of a tail.
pub(crate) fn sequence_of(tail: &[u8]) -> Result<Sequence, PartitionError> {
    tail.last_chunk()
        .map(|bytes| u64::from_be_bytes(*bytes))
        .ok_or_else(|| PartitionError::row("queue", "a key without a number"))
}

/// Splits a tail into the identity's key, the row's kind and what follows. For checks that look at all
/// rows.
pub(crate) fn split_tail(tail: &[u8]) -> Option<(&[u8], RowKind)> {
    let at = tail
        .iter()
        .position(|byte| (HEADER..=DEAD_LETTER).contains(byte))?;
    let (identity, rest) = tail.split_at(at);
    let (tag, number) = rest.split_first()?;
    let number = || Some(u64::from_be_bytes(number.try_into().ok()?));
    let kind = match *tag {
        HEADER => RowKind::Header,
        MESSAGE => RowKind::Message(number()?),
        CONTENT => RowKind::Content(number()?),
        _ => RowKind::DeadLetter(number()?),
    };
    Some((identity, kind))
}

/// What a row of the table is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RowKind {
    Header,
    Message(Sequence),
    Content(Sequence),
    DeadLetter(Sequence),
}

pub(crate) fn encode_message(message: &QueuedMessage) -> Vec<u8> {
    codec::encode(VERSION, message)
}

pub(crate) fn decode_message(bytes: &[u8]) -> Result<QueuedMessage, PartitionError> {
    decoded(codec::decode(VERSION, bytes))
}

/// As it travels in the command and stands in the row.
pub(crate) fn encode_content(content: &Event) -> Vec<u8> {
    codec::encode(VERSION, content)
}

pub(crate) fn decode_content(bytes: &Bytes) -> Result<Event, PartitionError> {
    decoded(codec::decode(VERSION, bytes))
}

pub(crate) fn encode_dead_letter(letter: &DeadLetter) -> Vec<u8> {
    codec::encode(VERSION, letter)
}

pub(crate) fn decode_dead_letter(bytes: &[u8]) -> Result<DeadLetter, PartitionError> {
    decoded(codec::decode(VERSION, bytes))
}

fn tagged(identity_key: &[u8], tag: u8) -> Vec<u8> {
    let mut tail = Vec::with_capacity(identity_key.len() + 9);
    tail.extend_from_slice(identity_key);
    tail.push(tag);
    tail
}

fn numbered(identity_key: &[u8], tag: u8, sequence: Sequence) -> Vec<u8> {
    let mut tail = tagged(identity_key, tag);
    tail.extend_from_slice(&sequence.to_be_bytes());
    tail
}

fn decoded<T>(result: Result<(u8, T), CodecError>) -> Result<T, PartitionError> {
    result
        .map(|(_, value)| value)
        .map_err(|error| PartitionError::row("queue", error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_one_identity_lie_in_the_order_of_their_numbers_and_apart_from_others() {
        let key = b"dev".as_slice();
        let (from, to) = messages_from(key, 3);
        for (tail, inside) in [
            (message_tail(key, 2), false),
            (message_tail(key, 3), true),
            (message_tail(key, 256), true),
            (message_tail(b"dev\0m", 3), false),
            (message_tail(b"dev1", 3), false),
            (content_tail(key, 3), false),
            (dead_letter_tail(key, 3), false),
            (header_tail(key), false),
        ] {
            assert_eq!((&from..&to).contains(&&tail), inside, "{tail:?}");
        }
        assert_eq!(sequence_of(&message_tail(key, 256)).unwrap(), 256);
        assert!(sequence_of(b"short").is_err());
    }

    #[test]
    fn a_tail_tells_whose_row_it_is_and_of_what_kind() {
        let key = b"dev\0mod".as_slice();
        let table = [
            (header_tail(key), RowKind::Header),
            (message_tail(key, 1), RowKind::Message(1)),
            (content_tail(key, 2), RowKind::Content(2)),
            (dead_letter_tail(key, 3), RowKind::DeadLetter(3)),
        ];
        for (tail, kind) in table {
            assert_eq!(split_tail(&tail), Some((key, kind)));
        }
        assert_eq!(split_tail(b"dev"), None);
        assert_eq!(split_tail(b"dev\x02"), None);
    }
}
