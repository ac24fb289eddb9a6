//! Keys and rows of the log database.
//!
//! | family | key | value |
//! |---|---|---|
//! | log | group u32 BE, index u64 BE | the entry |
//! | meta | kind u8, group u32 BE | vote, committed, ended: the caller's bytes; purged: version u8, index u64 BE, the caller's bytes |

use bytes::Bytes;
use rocksdb::{ColumnFamily, DB};

use super::GroupId;
use super::tail::Purged;
use crate::error::EngineError;

pub(super) const ENTRIES: &str = "log";
pub(super) const MARKS: &str = "meta";

const PURGED_VERSION: u8 = 1;
/// Bytes in front of the caller's in a purged row.
const PURGED_HEADER: usize = 9;

/// Kinds of marks; numbers are never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Mark {
    Vote = 1,
    Committed = 2,
    Purged = 3,
    /// Where a log ended that was destroyed.
    Ended = 4,
}

pub(super) const MARK_KINDS: [Mark; 4] = [Mark::Vote, Mark::Committed, Mark::Purged, Mark::Ended];

pub(super) fn entry_key(group: GroupId, index: u64) -> [u8; 12] {
    let mut key = [0; 12];
    key[..4].copy_from_slice(&group.0.to_be_bytes());
    key[4..].copy_from_slice(&index.to_be_bytes());
    key
}

pub(super) fn parse_entry_key(key: &[u8]) -> Option<(GroupId, u64)> {
    let (group, index) = key.split_first_chunk()?;
    let index = index.try_into().ok()?;
    Some((
        GroupId(u32::from_be_bytes(*group)),
        u64::from_be_bytes(index),
    ))
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

pub(super) fn parse_mark_key(key: &[u8]) -> Option<(Mark, GroupId)> {
    let (kind, group) = key.split_first()?;
    let mark = MARK_KINDS.into_iter().find(|mark| *mark as u8 == *kind)?;
    Some((mark, GroupId(u32::from_be_bytes(group.try_into().ok()?))))
}

pub(super) fn encode_purged(purged: &Purged) -> Vec<u8> {
    let mut row = Vec::with_capacity(PURGED_HEADER + purged.mark.len());
    row.push(PURGED_VERSION);
    row.extend_from_slice(&purged.upto.to_be_bytes());
    row.extend_from_slice(&purged.mark);
    row
}

pub(super) fn decode_purged(row: &[u8]) -> Option<Purged> {
    let (version, row) = row.split_first()?;
    let (upto, mark) = row.split_first_chunk()?;
    (*version == PURGED_VERSION).then(|| Purged {
        upto: u64::from_be_bytes(*upto),
        mark: Bytes::copy_from_slice(mark),
    })
}

pub(super) fn family<'a>(db: &'a DB, name: &str) -> Result<&'a ColumnFamily, EngineError> {
    db.cf_handle(name)
        .ok_or_else(|| EngineError::damaged(format!("column family {name} is gone")))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn keys_parse_to_what_they_were_made_of_and_sort_like_it(
            a: (u32, u64),
            b: (u32, u64),
        ) {
            let key = entry_key(GroupId(a.0), a.1);
            prop_assert_eq!(parse_entry_key(&key), Some((GroupId(a.0), a.1)));
            prop_assert_eq!(key.cmp(&entry_key(GroupId(b.0), b.1)), a.cmp(&b));
            prop_assert!(end_of(GroupId(a.0))[..] > key[..]);
        }

        #[test]
        fn a_purged_row_keeps_index_and_marker(upto: u64, mark: Vec<u8>) {
            let purged = Purged { upto, mark: mark.into() };
            prop_assert_eq!(decode_purged(&encode_purged(&purged)), Some(purged));
        }

        #[test]
        fn bytes_that_are_no_key_or_row_are_refused(bytes: Vec<u8>) {
            if let Some((group, index)) = parse_entry_key(&bytes) {
                prop_assert_eq!(&entry_key(group, index)[..], &bytes[..]);
            }
            if let Some((mark, group)) = parse_mark_key(&bytes) {
                prop_assert_eq!(&mark_key(mark, group)[..], &bytes[..]);
            }
            if let Some(purged) = decode_purged(&bytes) {
                prop_assert_eq!(encode_purged(&purged), bytes);
            }
        }
    }

    #[test]
    fn keys_and_rows_are_what_earlier_versions_wrote() {
        assert_eq!(
            entry_key(GroupId(0x0102_0304), 5),
            [1, 2, 3, 4, 0, 0, 0, 0, 0, 0, 0, 5]
        );
        assert_eq!(mark_key(Mark::Purged, GroupId(7)), [3, 0, 0, 0, 7]);
        let purged = Purged {
            upto: 258,
            mark: Bytes::from_static(b"m"),
        };
        assert_eq!(encode_purged(&purged), [1, 0, 0, 0, 0, 0, 0, 1, 2, b'm']);
    }

    #[test]
    fn the_last_group_has_an_end() {
        assert!(end_of(GroupId(u32::MAX))[..] > entry_key(GroupId(u32::MAX), u64::MAX)[..]);
    }
}
