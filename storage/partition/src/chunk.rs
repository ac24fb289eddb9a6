//! The pieces of a snapshot stream.
//!
//! ```text
//! chunk = u8      version, 1
//!         u8      kind: 0 rows, 1 end
//!         u32 LE  number of the chunk, from 0
//!         u32 LE  length of the content
//!         …       content
//!         u64 LE  checksum of everything before it
//!
//! rows  = { u8 table, u32 LE length of the tail, u32 LE length of the value, tail, value } …
//! end   = u64 LE  number of rows
//!         u64 LE  checksum over the checksums of all chunks before
//! ```

use bytes::{Buf as _, BufMut as _, Bytes, BytesMut};

use crate::digest::Digest;
use crate::error::SnapshotError;

const VERSION: u8 = 1;
const ROWS: u8 = 0;
const END: u8 = 1;
const HEADER: usize = 10;
const CHECKSUM: usize = 8;
const ROW_HEADER: usize = 9;

/// What a chunk holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Content {
    Rows(Bytes),
    End { rows: u64, digest: u64 },
}

/// Numbers chunks and sums them up, on both sides of a stream.
#[derive(Debug, Default)]
pub(crate) struct Sequence {
    next: u32,
    digest: Digest,
}

impl Sequence {
    /// A chunk of rows.
    pub(crate) fn rows(&mut self, content: &[u8]) -> Bytes {
        self.seal(ROWS, content)
    }

    /// The last chunk.
    pub(crate) fn end(&mut self, rows: u64) -> Bytes {
        let mut content = [0; 16];
        content[..8].copy_from_slice(&rows.to_le_bytes());
        content[8..].copy_from_slice(&self.digest.finish().to_le_bytes());
        self.seal(END, &content)
    }

    fn seal(&mut self, kind: u8, content: &[u8]) -> Bytes {
        let mut chunk = BytesMut::with_capacity(HEADER + content.len() + CHECKSUM);
        chunk.put_u8(VERSION);
        chunk.put_u8(kind);
        chunk.put_u32_le(self.next);
        // Content ends a little past `Export`'s chunk size, plus at most one row.
        chunk.put_u32_le(content.len() as u32);
        chunk.put_slice(content);
        let checksum = Digest::of(&chunk);
        chunk.put_u64_le(checksum);
        self.count(checksum);
        chunk.freeze()
    }

    /// Checks the chunk that comes next.
    pub(crate) fn open(&mut self, mut chunk: Bytes) -> Result<Content, SnapshotError> {
        let whole = chunk
            .len()
            .checked_sub(CHECKSUM)
            .ok_or(SnapshotError::Truncated)?;
        let checksum = Digest::of(&chunk[..whole]);
        let mut stored = chunk.split_off(whole);
        if chunk.len() < HEADER {
            return Err(SnapshotError::Truncated);
        }
        let version = chunk.get_u8();
        if version != VERSION {
            return Err(SnapshotError::UnknownVersion(version));
        }
        if stored.get_u64_le() != checksum {
            return Err(SnapshotError::Damaged);
        }
        let kind = chunk.get_u8();
        let number = chunk.get_u32_le();
        if number != self.next {
            return Err(SnapshotError::OutOfOrder {
                expected: self.next,
                found: number,
            });
        }
        if chunk.get_u32_le() as usize != chunk.len() {
            return Err(SnapshotError::Truncated);
        }
        let content = match kind {
            ROWS => Content::Rows(chunk),
            END if chunk.len() == 16 => {
                let (rows, digest) = (chunk.get_u64_le(), chunk.get_u64_le());
                if digest != self.digest.finish() {
                    return Err(SnapshotError::Damaged);
                }
                Content::End { rows, digest }
            }
            _ => return Err(SnapshotError::Malformed),
        };
        self.count(checksum);
        Ok(content)
    }

    fn count(&mut self, checksum: u64) {
        self.next += 1;
        self.digest.update(&checksum.to_le_bytes());
    }
}

/// Appends a row to a chunk's content.
pub(crate) fn put_row(out: &mut BytesMut, table: usize, tail: &[u8], value: &[u8]) {
    out.reserve(ROW_HEADER + tail.len() + value.len());
    // Tables are counted on one hand; no row comes near 4 GiB.
    out.put_u8(table as u8);
    out.put_u32_le(tail.len() as u32);
    out.put_u32_le(value.len() as u32);
    out.put_slice(tail);
    out.put_slice(value);
}

/// Takes the first row off a chunk's content; `None` when it is used up.
pub(crate) fn take_row(content: &mut Bytes) -> Result<Option<(u8, Bytes, Bytes)>, SnapshotError> {
    if content.is_empty() {
        return Ok(None);
    }
    if content.len() < ROW_HEADER {
        return Err(SnapshotError::Malformed);
    }
    let table = content.get_u8();
    let tail = content.get_u32_le() as usize;
    let value = content.get_u32_le() as usize;
    if content.len() < tail.saturating_add(value) {
        return Err(SnapshotError::Malformed);
    }
    Ok(Some((
        table,
        content.split_to(tail),
        content.split_to(value),
    )))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn chunks_open_in_order_and_only_so() {
        let mut sender = Sequence::default();
        let chunks = [sender.rows(b"one"), sender.rows(b"two"), sender.end(2)];
        let mut receiver = Sequence::default();
        assert_eq!(
            receiver.open(chunks[0].clone()),
            Ok(Content::Rows(b"one".as_slice().into()))
        );
        let doubled = receiver.open(chunks[0].clone());
        assert_eq!(
            doubled,
            Err(SnapshotError::OutOfOrder {
                expected: 1,
                found: 0
            })
        );
        let skipped = receiver.open(chunks[2].clone());
        assert_eq!(
            skipped,
            Err(SnapshotError::OutOfOrder {
                expected: 1,
                found: 2
            })
        );
        assert!(receiver.open(chunks[1].clone()).is_ok());
        assert!(matches!(
            receiver.open(chunks[2].clone()),
            Ok(Content::End { rows: 2, .. })
        ));
    }

    #[test]
    fn a_chunk_of_another_stream_shows_at_the_end() {
        let (mut ours, mut theirs) = (Sequence::default(), Sequence::default());
        ours.rows(b"ours");
        let end = ours.end(1);
        let foreign = theirs.rows(b"theirs");
        let mut receiver = Sequence::default();
        receiver.open(foreign).unwrap();
        assert_eq!(receiver.open(end), Err(SnapshotError::Damaged));
    }

    proptest! {
        #[test]
        fn rows_round_trip(
            rows in prop::collection::vec((0u8..5, any::<Vec<u8>>(), any::<Vec<u8>>()), 0..10)
        ) {
            let mut out = BytesMut::new();
            for (table, tail, value) in &rows {
                put_row(&mut out, usize::from(*table), tail, value);
            }
            let mut content = out.freeze();
            let mut back = Vec::new();
            while let Some((table, tail, value)) = take_row(&mut content).unwrap() {
                back.push((table, tail.to_vec(), value.to_vec()));
            }
            prop_assert_eq!(back, rows);
        }

        #[test]
        fn a_damaged_chunk_is_refused(content: Vec<u8>, at: usize, bit in 0u8..8) {
            let mut chunk = Sequence::default().rows(&content).to_vec();
            let at = at % chunk.len();
            chunk[at] ^= 1 << bit;
            prop_assert!(Sequence::default().open(chunk.into()).is_err());
        }

        #[test]
        fn a_chunk_cut_off_is_refused(content: Vec<u8>, at: usize) {
            let chunk = Sequence::default().rows(&content);
            let cut = chunk.slice(..at % chunk.len());
            prop_assert!(Sequence::default().open(cut).is_err());
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes: Vec<u8>) {
            let _ = Sequence::default().open(bytes.clone().into());
            let _ = take_row(&mut bytes.into());
        }
    }
}
