//! What is found of the groups when the log database is opened.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use rocksdb::{DB, IteratorMode};

use super::GroupId;
use super::group::Group;
use super::layout::{self, Mark, end_of, entry_key, parse_entry_key, parse_mark_key};
use super::tail::Recovered;
use crate::error::EngineError;

/// Finds every group. Seeks to the ends of each log; entries themselves are not read.
pub(super) fn load(db: &DB) -> Result<HashMap<GroupId, Arc<Group>>, EngineError> {
    let mut found: HashMap<GroupId, Recovered> = HashMap::new();
    load_marks(db, &mut found)?;
    load_ranges(db, &mut found)?;
    found
        .into_iter()
        .map(|(id, recovered)| {
            if let Some(purged) = &recovered.purged
                && !recovered.range.is_empty()
                && recovered.range.start <= purged.upto
            {
                let text = format!("the log of group {} has entries that were purged", id.0);
                return Err(EngineError::damaged(text));
            }
            Ok((id, Arc::new(Group::with_tail(id, recovered.into()))))
        })
        .collect()
}

fn load_marks(db: &DB, found: &mut HashMap<GroupId, Recovered>) -> Result<(), EngineError> {
    let marks = layout::family(db, layout::MARKS)?;
    for row in db.iterator_cf(marks, IteratorMode::Start) {
        let (key, value) = row?;
        let (mark, id) = parse_mark_key(&key)
            .ok_or_else(|| EngineError::damaged("the log database has a row of an unknown kind"))?;
        let group = found.entry(id).or_default();
        match mark {
            Mark::Vote => group.vote = Some(Bytes::from(value)),
            Mark::Committed => group.committed = Some(Bytes::from(value)),
            Mark::Ended => group.ended = Some(Bytes::from(value)),
            Mark::Purged => {
                let purged = layout::decode_purged(&value).ok_or_else(|| {
                    EngineError::damaged(format!("the purged row of group {} is unreadable", id.0))
                })?;
                group.purged = Some(purged);
            }
        }
    }
    Ok(())
}

fn load_ranges(db: &DB, found: &mut HashMap<GroupId, Recovered>) -> Result<(), EngineError> {
    let mut rows = db.raw_iterator_cf(layout::family(db, layout::ENTRIES)?);
    let damaged = || EngineError::damaged("the log database has a key that is none of an entry");
    rows.seek_to_first();
    while let Some(key) = rows.key() {
        let (id, first) = parse_entry_key(key).ok_or_else(damaged)?;
        rows.seek_for_prev(entry_key(id, u64::MAX));
        rows.status()?;
        let last = rows
            .key()
            .and_then(parse_entry_key)
            .filter(|(group, _)| *group == id);
        let (_, last) = last.ok_or_else(damaged)?;
        let end = last.checked_add(1).ok_or_else(damaged)?;
        found.entry(id).or_default().range = first..end;
        rows.seek(end_of(id));
    }
    Ok(rows.status()?)
}
