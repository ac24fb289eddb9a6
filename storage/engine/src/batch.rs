//! Changes that reach the state database together or not at all.

use crate::table::TableId;

/// Changes in order; applied by [`crate::StateStore::write`].
#[derive(Debug, Default, Clone)]
pub struct Batch {
    /// Keys and values, one behind the other: two allocations for a batch, not two for a row.
    bytes: Vec<u8>,
    parts: Vec<Part>,
}

/// What the next `first + second` bytes are.
#[derive(Debug, Clone, Copy)]
struct Part {
    kind: Kind,
    table: TableId,
    first: usize,
    second: usize,
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Put,
    Delete,
    DeleteRange,
}

/// One change of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change<'a> {
    Put { key: &'a [u8], value: &'a [u8] },
    Delete { key: &'a [u8] },
    DeleteRange { from: &'a [u8], to: &'a [u8] },
}

// === impl Batch ===

impl Batch {
    /// Writes a row.
    pub fn put(&mut self, table: TableId, key: &[u8], value: &[u8]) {
        self.push(Kind::Put, table, key, value);
    }

    /// Removes a row, if there is one.
    pub fn delete(&mut self, table: TableId, key: &[u8]) {
        self.push(Kind::Delete, table, key, &[]);
    }

    /// Removes the rows from `from` (inclusive) to `to` (exclusive); nothing for an empty range.
    pub fn delete_range(&mut self, table: TableId, from: &[u8], to: &[u8]) {
        if from < to {
            self.push(Kind::DeleteRange, table, from, to);
        }
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// Bytes of all keys and values.
    pub(crate) fn byte_len(&self) -> usize {
        self.bytes.len()
    }

    pub(crate) fn changes(&self) -> impl Iterator<Item = (TableId, Change<'_>)> {
        let mut rest = &self.bytes[..];
        self.parts.iter().map(move |part| {
            let (first, tail) = rest.split_at(part.first);
            let (second, tail) = tail.split_at(part.second);
            rest = tail;
            let change = match part.kind {
                Kind::Put => Change::Put {
                    key: first,
                    value: second,
                },
                Kind::Delete => Change::Delete { key: first },
                Kind::DeleteRange => Change::DeleteRange {
                    from: first,
                    to: second,
                },
            };
            (part.table, change)
        })
    }

    fn push(&mut self, kind: Kind, table: TableId, first: &[u8], second: &[u8]) {
        self.bytes.extend_from_slice(first);
        self.bytes.extend_from_slice(second);
        self.parts.push(Part {
            kind,
            table,
            first: first.len(),
            second: second.len(),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_come_back_in_the_order_in_which_they_were_made() {
        let mut batch = Batch::default();
        assert!(batch.is_empty());
        batch.put(TableId(1), b"key", b"value");
        batch.delete(TableId(0), b"");
        batch.delete_range(TableId(2), b"a", b"b");
        batch.delete_range(TableId(2), b"b", b"b");
        batch.put(TableId(0), b"", b"");
        let changes: Vec<_> = batch.changes().collect();
        assert_eq!(
            changes,
            [
                (
                    TableId(1),
                    Change::Put {
                        key: b"key",
                        value: b"value"
                    }
                ),
                (TableId(0), Change::Delete { key: b"" }),
                (
                    TableId(2),
                    Change::DeleteRange {
                        from: b"a",
                        to: b"b"
                    }
                ),
                (
                    TableId(0),
                    Change::Put {
                        key: b"",
                        value: b""
                    }
                ),
            ]
        );
    }
}
