//! Keys of the log database.
//!
//! | family | key | value |
//! |---|---|---|
//! | entries | group u32 BE, index u64 BE | the entry |
//! | marks | kind u8, group u32 BE | a vote, committed or purge mark |

use rocksdb::{ColumnFamily, DB};

use super::GroupId;
use crate::error::EngineError;

pub(super) const ENTRIES: &str = "entries";
pub(super) const MARKS: &str = "marks";

/// Kinds of marks; numbers are never reused.
#[derive(Debug, Clone, Copy)]
#[repr(u8)]
pub(super) enum Mark {
    Vote = 1,
    Committed = 2,
    Purged = 3,
}

pub(super) fn entry_key(group: GroupId, index: u64) -> [u8; 12] {
    let mut key = [0; 12];
    key[..4].copy_from_slice(&group.0.to_be_bytes());
    key[4..].copy_from_slice(&index.to_be_bytes());
    key
}

pub(super) fn index_of(key: &[u8]) -> Option<u64> {
    key.get(4..12)?.try_into().ok().map(u64::from_be_bytes)
}

/// Just past the last possible entry of a group.
pub(super) fn end_of(group: GroupId) -> Vec<u8> {
    match group.0.checked_add(1) {
        Some(next) => next.to_be_bytes().to_vec(),
        None => vec![0xff; 13],
    }
}

pub(super) fn mark_key(mark: Mark, group: GroupId) -> [u8; 5] {
    let mut key = [mark as u8; 5];
    key[1..].copy_from_slice(&group.0.to_be_bytes());
    key
}

pub(super) fn family<'a>(db: &'a DB, name: &str) -> Result<&'a ColumnFamily, EngineError> {
    db.cf_handle(name)
        .ok_or_else(|| EngineError::damaged(format!("column family {name} is gone")))
}
