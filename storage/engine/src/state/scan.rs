//! Ordered reads of a key range.

use bytes::Bytes;
use rocksdb::{
    ColumnFamily, DB, DBIteratorWithThreadMode, IteratorMode, ReadOptions, SnapshotWithThreadMode,
};

use crate::error::EngineError;
use crate::failure::Failure;

/// Key and value.
pub type Row = (Box<[u8]>, Bytes);

/// The rows of a range, ascending. Ends after the first error. Sees the table as it was when the
/// scan began.
pub struct Scan<'a> {
    rows: Result<Rows<'a>, Option<EngineError>>,
}

struct Rows<'a> {
    inner: DBIteratorWithThreadMode<'a, DB>,
    failure: &'a Failure,
}

impl std::fmt::Debug for Scan<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scan")
            .field("failed", &self.rows.is_err())
            .finish()
    }
}

// === impl Scan ===

impl<'a> Scan<'a> {
    pub(super) fn over(
        db: &'a DB,
        family: &ColumnFamily,
        (from, to): (&[u8], &[u8]),
        failure: &'a Failure,
    ) -> Scan<'a> {
        if from >= to {
            return Scan { rows: Err(None) };
        }
        let inner = db.iterator_cf_opt(family, bounds(from, to), IteratorMode::Start);
        Scan {
            rows: Ok(Rows { inner, failure }),
        }
    }

    pub(super) fn over_snapshot(
        snapshot: &'a SnapshotWithThreadMode<'_, DB>,
        family: &ColumnFamily,
        (from, to): (&[u8], &[u8]),
        failure: &'a Failure,
    ) -> Scan<'a> {
        if from >= to {
            return Scan { rows: Err(None) };
        }
        let inner = snapshot.iterator_cf_opt(family, bounds(from, to), IteratorMode::Start);
        Scan {
            rows: Ok(Rows { inner, failure }),
        }
    }

    pub(super) fn failed(error: EngineError) -> Scan<'a> {
        Scan {
            rows: Err(Some(error)),
        }
    }
}

impl Iterator for Scan<'_> {
    type Item = Result<Row, EngineError>;

    fn next(&mut self) -> Option<Result<Row, EngineError>> {
        match &mut self.rows {
            Err(error) => error.take().map(Err),
            Ok(rows) => match rows.inner.next()? {
                Ok((key, value)) => Some(Ok((key, Bytes::from(value)))),
                Err(error) => {
                    let error = rows.failure.on_read(error);
                    self.rows = Err(None);
                    Some(Err(error))
                }
            },
        }
    }
}

/// The last row of a range.
pub(super) fn last(
    db: &DB,
    family: &ColumnFamily,
    (from, to): (&[u8], &[u8]),
    failure: &Failure,
) -> Result<Option<Row>, EngineError> {
    if from >= to {
        return Ok(None);
    }
    match db
        .iterator_cf_opt(family, bounds(from, to), IteratorMode::End)
        .next()
    {
        None => Ok(None),
        Some(row) => {
            let (key, value) = row.map_err(|error| failure.on_read(error))?;
            Ok(Some((key, Bytes::from(value))))
        }
    }
}

pub(super) fn bounds(from: &[u8], to: &[u8]) -> ReadOptions {
    let mut options = ReadOptions::default();
    options.set_iterate_lower_bound(from);
    options.set_iterate_upper_bound(to);
    options
}
