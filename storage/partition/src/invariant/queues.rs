//! A queue belongs to an identity, its header counts what is there, and every row has its counterpart.

use std::collections::{BTreeMap, BTreeSet};

use roost_model::{Generation, identity_key};

use super::Findings;
use crate::error::PartitionError;
use crate::reader::Reader;
use crate::table::queue::{self, QueueHeader, RowKind, Sequence};
use crate::table::{QUEUE, QUEUE_EXPIRY, identity, queue_expiry};

/// Everything that the tables hold of one identity's queue.
#[derive(Debug, Default)]
struct Kept {
    header: Option<QueueHeader>,
    /// With the tail under which each is due.
    messages: BTreeMap<Sequence, Vec<u8>>,
    contents: BTreeSet<Sequence>,
    letters: BTreeSet<Sequence>,
    generations: BTreeSet<Generation>,
}

pub(super) fn check(reader: &Reader, found: &mut Findings) -> Result<(), PartitionError> {
    let row = reader.row();
    let kept = rows(reader, found)?;
    let mut due = BTreeSet::new();
    let (mut queued, mut dead) = (0, 0);
    for (key, queue) in &kept {
        let name = || key.escape_ascii().to_string();
        let record = reader.identity(&identity::parse_key(key)?)?;
        let generations: BTreeSet<_> = record.iter().map(|record| record.generation).collect();
        found.require(
            record.is_some() && queue.generations.is_subset(&generations),
            "a queue is of its identity's generation",
            name,
        );
        check_queue(queue, found, name);
        let last = queue.messages.keys().chain(&queue.letters).max();
        found.require(
            last.is_none_or(|last| *last <= row.last_message),
            "numbers of messages are counted",
            name,
        );
        due.extend(queue.messages.values().cloned());
        queued += queue.messages.len() as u64;
        dead += queue.letters.len() as u64;
    }
    let counted = (row.queued, row.dead_letters);
    found.require(counted == (queued, dead), "messages are counted", || {
        format!("{counted:?} for {:?}", (queued, dead))
    });
    let listed: BTreeSet<Vec<u8>> = reader.read(|rows, _| {
        rows.scan_from(QUEUE_EXPIRY, &[])
            .map(|row| Ok(row?.0.into_vec()))
            .collect()
    })?;
    found.require(listed == due, "every message is due once", || {
        format!("{} for {}", listed.len(), due.len())
    });
    Ok(())
}

fn check_queue(queue: &Kept, found: &mut Findings, name: impl Fn() -> String) {
    let header = queue.header.unwrap_or_default();
    let counted = (header.depth as usize, header.dead as usize);
    let actual = (queue.messages.len(), queue.letters.len());
    found.require(counted == actual, "a queue's header counts", || {
        format!("{}: {counted:?} for {actual:?}", name())
    });
    found.require(
        queue.header.is_none_or(|header| !header.is_empty()),
        "an empty queue has no header",
        &name,
    );
    let first = queue.messages.keys().next();
    let first_dead = queue.letters.first();
    found.require(
        first.is_none_or(|first| header.first <= *first)
            && first_dead.is_none_or(|first| header.first_dead <= *first),
        "a queue's header knows where to begin",
        || format!("{}: {header:?}", name()),
    );
    let owners: BTreeSet<Sequence> = queue
        .messages
        .keys()
        .chain(&queue.letters)
        .copied()
        .collect();
    found.require(
        owners == queue.contents && owners.len() == actual.0 + actual.1,
        "a message or dead letter has its content",
        name,
    );
}

fn rows(reader: &Reader, found: &mut Findings) -> Result<BTreeMap<Vec<u8>, Kept>, PartitionError> {
    let rows: Vec<_> =
        reader.read(|rows, _| rows.scan_from(QUEUE, &[]).collect::<Result<Vec<_>, _>>())?;
    let mut kept: BTreeMap<Vec<u8>, Kept> = BTreeMap::new();
    for (tail, value) in rows {
        let split = queue::split_tail(&tail);
        found.require(split.is_some(), "a queue's row has a place", || {
            tail.escape_ascii().to_string()
        });
        let Some((key, kind)) = split else { continue };
        let queue = kept.entry(key.to_vec()).or_default();
        match kind {
            RowKind::Header => queue.header = Some(QueueHeader::decode(&value)?),
            RowKind::Message(sequence) => {
                let message = queue::decode_message(&value)?;
                queue.generations.insert(message.generation);
                let identity = identity_key(&identity::parse_key(key)?);
                let due = queue_expiry::tail(message.expires_at, sequence, &identity);
                queue.messages.insert(sequence, due);
            }
            RowKind::Content(sequence) => {
                queue::decode_content(&value)?;
                queue.contents.insert(sequence);
            }
            RowKind::DeadLetter(sequence) => {
                let letter = queue::decode_dead_letter(&value)?;
                queue.generations.insert(letter.message.generation);
                queue.letters.insert(sequence);
            }
        }
    }
    Ok(kept)
}
