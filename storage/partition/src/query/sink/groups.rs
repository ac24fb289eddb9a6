//! Rows with the same values become one.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use roost_model::limits::{MAX_QUERY_GROUP_BYTES, MAX_QUERY_GROUPS};
use roost_model::query::{Accumulator, AggregateFunction, Output, Program, Slot};

use super::render;
use crate::query::answer::{GroupRow, QueryFailure, QueryPart};
use crate::query::row::Row;

/// Groups so far. Their number and the size of their keys are bounded.
#[derive(Debug)]
pub(in crate::query) struct Groups {
    /// By the keys as JSON. Not iterated in its own order where that shows.
    by_key: HashMap<Vec<Option<Vec<u8>>>, GroupRow>,
    keyed: bool,
    /// Without keys everything is in it; with keys it stays as every group begins.
    all: GroupRow,
    bytes: usize,
}

impl Groups {
    pub(super) fn new(keys: &[Slot], aggregates: &[(AggregateFunction, Option<Slot>)]) -> Self {
        let all = GroupRow {
            keys: Vec::new(),
            places: Vec::new(),
            aggregates: aggregates
                .iter()
                .map(|(function, _)| Accumulator::new(*function))
                .collect(),
        };
        Self {
            by_key: HashMap::new(),
            keyed: !keys.is_empty(),
            all,
            bytes: 0,
        }
    }

    pub(super) fn take(&mut self, program: &Program, row: &Row<'_>) -> Result<(), QueryFailure> {
        let Output::Groups {
            keys, aggregates, ..
        } = &program.output
        else {
            return Ok(());
        };
        let group = if keys.is_empty() {
            &mut self.all
        } else {
            self.group(program, keys, row)?
        };
        for (accumulator, (_, slot)) in group.aggregates.iter_mut().zip(aggregates) {
            match slot {
                None => accumulator.add_rows(1),
                Some(slot) => accumulator.add(&row.value(program.lookup(*slot))),
            }
        }
        Ok(())
    }

    fn group(
        &mut self,
        program: &Program,
        keys: &[Slot],
        row: &Row<'_>,
    ) -> Result<&mut GroupRow, QueryFailure> {
        let values = keys
            .iter()
            .map(|slot| render::value(row, program.lookup(*slot)))
            .collect::<Result<Vec<_>, _>>()?;
        let count = self.by_key.len();
        match self.by_key.entry(values) {
            Entry::Occupied(group) => Ok(group.into_mut()),
            Entry::Vacant(free) => {
                self.bytes += free.key().iter().flatten().map(Vec::len).sum::<usize>();
                if count >= MAX_QUERY_GROUPS || self.bytes > MAX_QUERY_GROUP_BYTES {
                    let limit = MAX_QUERY_GROUPS;
                    return Err(QueryFailure::TooManyGroups { limit });
                }
                let places = keys.iter().map(|slot| row.place(program.lookup(*slot)));
                let group = GroupRow {
                    keys: free.key().clone(),
                    places: places.collect(),
                    aggregates: self.all.aggregates.clone(),
                };
                Ok(free.insert(group))
            }
        }
    }

    pub(super) fn finish(self) -> QueryPart {
        if self.by_key.is_empty() && !self.keyed {
            return QueryPart::Groups(vec![self.all]);
        }
        QueryPart::Groups(self.by_key.into_values().collect())
    }
}
