//! The one write of an apply, and reads that see what is in it already.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use bytes::Bytes;
use roost_engine::{Batch, TableId};

use crate::error::PartitionError;
use crate::table::rows::{Row, Rows};

/// Collects writes. Tables that commands read back (identities, checkpoints) are written with
/// [`Transaction::put`]; the others with [`Transaction::put_unread`], which keeps no second copy.
#[derive(Debug)]
pub(crate) struct Transaction<'a> {
    rows: &'a Rows,
    batch: Batch,
    written: BTreeMap<(usize, Vec<u8>), Option<Bytes>>,
}

impl<'a> Transaction<'a> {
    pub(crate) fn new(rows: &'a Rows) -> Self {
        Self {
            rows,
            batch: Batch::default(),
            written: BTreeMap::new(),
        }
    }

    /// The rows as they were before this transaction.
    pub(crate) fn stored(&self) -> &'a Rows {
        self.rows
    }

    pub(crate) fn into_batch(self) -> Batch {
        self.batch
    }

    pub(crate) fn get(&self, table: TableId, tail: &[u8]) -> Result<Option<Bytes>, PartitionError> {
        match self.written.get(&(table.0, tail.to_vec())) {
            Some(value) => Ok(value.clone()),
            None => Ok(self.rows.get(table, tail)?),
        }
    }

    /// The rows of a small range, ascending.
    pub(crate) fn collect(
        &self,
        table: TableId,
        from: &[u8],
        to: &[u8],
    ) -> Result<Vec<Bytes>, PartitionError> {
        self.rows(table, from, to)
            .map(|row| row.map(|(_, value)| value))
            .collect()
    }

    /// The rows of a range, ascending, read as far as they are asked for.
    pub(crate) fn rows(
        &self,
        table: TableId,
        from: &[u8],
        to: &[u8],
    ) -> impl Iterator<Item = Result<Row, PartitionError>> + use<'_, 'a> {
        let mut stored = self.rows.scan(table, from, to).peekable();
        let written = (table.0, from.to_vec())..(table.0, to.to_vec());
        let mut written = self.written.range(written).peekable();
        std::iter::from_fn(move || {
            loop {
                let order = match (stored.peek(), written.peek()) {
                    (None, None) => return None,
                    (Some(_), None) | (Some(Err(_)), _) => Ordering::Less,
                    (None, Some(_)) => Ordering::Greater,
                    (Some(Ok((tail, _))), Some(((_, newer), _))) => (**tail).cmp(newer),
                };
                if order.is_le() {
                    let row = stored.next();
                    if order.is_lt() {
                        return row;
                    }
                }
                if let ((_, tail), Some(value)) = written.next()? {
                    return Some(Ok((tail.as_slice().into(), value.clone())));
                }
            }
        })
    }

    /// The first `limit` rows from a tail on, ascending.
    pub(crate) fn first_from(
        &self,
        table: TableId,
        from: &[u8],
        limit: usize,
    ) -> Result<Vec<(Vec<u8>, Bytes)>, PartitionError> {
        let mut found = Vec::new();
        let mut stored = self.rows.scan_from(table, from).peekable();
        let mut written = self
            .written
            .range((table.0, from.to_vec())..(table.0 + 1, Vec::new()))
            .peekable();
        while found.len() < limit {
            let stored_first = match (stored.peek(), written.peek()) {
                (None, None) => break,
                (Some(_), None) | (Some(Err(_)), _) => true,
                (None, Some(_)) => false,
                (Some(Ok((stored, _))), Some(((_, written), _))) => **stored < **written,
            };
            if stored_first {
                if let Some(row) = stored.next() {
                    let (tail, value) = row?;
                    found.push((tail.into_vec(), value));
                }
            } else if let Some(((_, tail), value)) = written.next() {
                let replaced =
                    |row: &Result<Row, _>| matches!(row, Ok((stored, _)) if **stored == **tail);
                stored.next_if(replaced);
                found.extend(value.clone().map(|value| (tail.clone(), value)));
            }
        }
        Ok(found)
    }

    pub(crate) fn put(&mut self, table: TableId, tail: &[u8], value: impl Into<Bytes>) {
        let value = value.into();
        self.put_unread(table, tail, &value);
        self.written.insert((table.0, tail.to_vec()), Some(value));
    }

    pub(crate) fn delete(&mut self, table: TableId, tail: &[u8]) {
        self.delete_unread(table, tail);
        self.written.insert((table.0, tail.to_vec()), None);
    }

    pub(crate) fn put_unread(&mut self, table: TableId, tail: &[u8], value: &[u8]) {
        self.batch.put(table, &self.rows.prefix.key(tail), value);
    }

    pub(crate) fn delete_unread(&mut self, table: TableId, tail: &[u8]) {
        self.batch.delete(table, &self.rows.prefix.key(tail));
    }

    pub(crate) fn delete_range_unread(&mut self, table: TableId, from: &[u8], to: &[u8]) {
        let prefix = self.rows.prefix;
        self.batch
            .delete_range(table, &prefix.key(from), &prefix.key(to));
    }
}
