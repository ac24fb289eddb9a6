//! An index has a row for every twin with a primitive at its path, and no other.

use std::collections::BTreeSet;

use roost_model::TwinRef;

use super::Findings;
use crate::error::PartitionError;
use crate::index::{self, Catalog, Progress};
use crate::reader::Reader;
use crate::table::{INDEX, TWIN};

pub(super) fn check(reader: &Reader, found: &mut Findings) -> Result<(), PartitionError> {
    let (catalog, mut entries, twins) = reader.read(|rows, _| {
        let tails = rows
            .scan_from(INDEX, &[1])
            .map(|row| Ok(row?.0.into_vec()))
            .collect::<Result<BTreeSet<_>, PartitionError>>()?;
        let twins = rows.scan_from(TWIN, &[]).collect::<Result<Vec<_>, _>>()?;
        Ok((Catalog::read(rows)?, tails, twins))
    })?;
    for index in &catalog.indexes {
        for (key, bytes) in &twins {
            let twin = TwinRef::parse(bytes).map_err(|error| PartitionError::row("twin", error))?;
            let Some(tail) = index::entry_of(index.id, &index.path, &twin, key) else {
                continue;
            };
            let there = entries.remove(&tail);
            let due = match &index.progress {
                Progress::UpTo(done) => **key <= **done,
                Progress::Built => true,
            };
            found.require(there || !due, "an index has every twin", || {
                format!("{} of {}", index.path, String::from_utf8_lossy(key))
            });
        }
    }
    found.require(
        entries.is_empty(),
        "an index row says what a twin says",
        || format!("{entries:?}"),
    );
    Ok(())
}
