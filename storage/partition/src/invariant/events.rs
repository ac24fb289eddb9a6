//! Events lie without gaps, in the order of time, and in the order in which sessions sent them.

use std::collections::BTreeMap;

use roost_model::{ConnectionEpoch, StoredBatch, Timestamp};

use super::Findings;
use crate::error::PartitionError;
use crate::reader::Reader;
use crate::table::event;

pub(super) fn check(reader: &Reader, found: &mut Findings) -> Result<(), PartitionError> {
    let row = reader.row();
    let mut at = row.begin;
    let mut time = Timestamp::NEVER;
    let mut bytes = 0;
    let mut sent = BTreeMap::new();
    let batches = reader
        .read(|rows, row| event::scan(rows, row.begin, row.next).collect::<Result<Vec<_>, _>>())?;
    for batch in batches {
        let header = batch.header;
        found.require(header.base_sequence == at, "events have no gaps", || {
            format!("{header:?} at {at}")
        });
        found.require(header.enqueued_at >= time, "time does not go back", || {
            format!("{header:?} after {time:?}")
        });
        at = header.next_sequence();
        time = header.enqueued_at;
        bytes += batch.records.len() as u64;
        order(&batch, &mut sent, found)?;
    }
    found.require(at == row.next, "events reach to the end", || {
        format!("{at} of {}", row.next)
    });
    found.require(time <= row.last_enqueued_at, "time is kept", || {
        format!("{time:?}")
    });
    let kept = reader.event_bytes();
    found.require(bytes <= kept, "bytes are counted", || {
        format!("{bytes} of {kept}")
    });
    found.require(
        row.begin <= row.sessions_written_at,
        "progress can be told",
        || format!("{} after {}", row.begin, row.sessions_written_at),
    );
    for (identity, state) in reader.sessions()? {
        let last = sent
            .get(&state.epoch)
            .copied()
            .unwrap_or(state.last_sequence);
        found.require(
            last == state.last_sequence,
            "a session knows its progress",
            || format!("{identity}: {last} but {}", state.last_sequence),
        );
    }
    Ok(())
}

/// Every session's numbers follow one upon the other.
fn order(
    batch: &StoredBatch,
    sent: &mut BTreeMap<ConnectionEpoch, u64>,
    found: &mut Findings,
) -> Result<(), PartitionError> {
    for record in batch {
        let (sequence, record) = record.map_err(|error| PartitionError::row("event", error))?;
        if record.epoch() == ConnectionEpoch(0) {
            continue;
        }
        let before = sent.insert(record.epoch(), record.sequence());
        let follows = before.is_none_or(|before| before + 1 == record.sequence());
        found.require(follows, "a session's events are in order", || {
            format!("event {sequence}: {} after {before:?}", record.sequence())
        });
    }
    Ok(())
}
