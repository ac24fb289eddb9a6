//! The first rows of an order.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::sync::Arc;

use roost_model::query::{Program, SortKey, SortTerm, SortValue};

use super::rendered;
use crate::error::PartitionError;
use crate::query::Scene;
use crate::query::answer::{QueryPart, QueryRow, QuerySlice, SortPlace};
use crate::query::candidates::Candidate;
use crate::query::row::Row;
use crate::table::TWIN;

/// Looks at every row and keeps the places of the first ones behind a place. They are read again when
/// all have been seen: most rows that are kept on the way are replaced.
#[derive(Debug)]
pub(in crate::query) struct Ordered<'s> {
    first: BinaryHeap<Placed>,
    descending: Arc<[bool]>,
    beyond: Option<&'s SortPlace>,
    limit: usize,
    bytes: usize,
    more: bool,
}

/// A place that knows its order.
#[derive(Debug)]
struct Placed {
    place: SortPlace,
    descending: Arc<[bool]>,
}

impl<'s> Ordered<'s> {
    pub(super) fn new(program: &Program, slice: &'s QuerySlice) -> Self {
        Self {
            first: BinaryHeap::new(),
            descending: program.order.iter().map(|key| key.descending).collect(),
            beyond: slice.beyond.as_ref(),
            limit: slice.limit.max(1) as usize,
            bytes: slice.bytes as usize,
            more: false,
        }
    }

    pub(super) fn take(&mut self, program: &Program, row: &Row<'_>) {
        let value = |key: &SortKey| match key.term {
            SortTerm::Row(slot) => row.place(program.lookup(slot)),
            SortTerm::Group(_) => SortValue::Undefined,
        };
        let place = SortPlace {
            values: program.order.iter().map(value).collect(),
            key: row.key.to_vec(),
        };
        let passed = |beyond: &SortPlace| place.compare(beyond, &self.descending).is_le();
        if self.beyond.is_some_and(passed) {
            return;
        }
        if self.first.len() >= self.limit {
            self.more = true;
            let last = self.first.peek();
            if last.is_some_and(|last| place.compare(&last.place, &self.descending).is_gt()) {
                return;
            }
            self.first.pop();
        }
        let descending = Arc::clone(&self.descending);
        self.first.push(Placed { place, descending });
    }

    pub(super) fn finish(
        mut self,
        scene: &Scene<'_>,
        program: &Program,
    ) -> Result<QueryPart, PartitionError> {
        let mut rows = Vec::new();
        for Placed { place, .. } in std::mem::take(&mut self.first).into_sorted_vec() {
            if self.bytes == 0 {
                self.more = true;
                break;
            }
            let twin = scene.view.get(TWIN, &scene.prefix.key(&place.key))?;
            let candidate = Candidate {
                key: &place.key,
                twin: twin.as_deref(),
                identity: None,
            };
            let row = Row::new(scene, &candidate)?;
            let json = rendered(program, &row)?;
            if let Some(error) = scene.trouble.take() {
                return Err(error);
            }
            if let Some(json) = json {
                self.bytes = self.bytes.saturating_sub(json.len());
                rows.push(QueryRow { place, json });
            }
        }
        let more = self.more;
        Ok(QueryPart::Rows { rows, more })
    }
}

impl SortPlace {
    /// Which of two places comes first; `descending` says for each key whether its order is turned.
    pub fn compare(&self, other: &Self, descending: &[bool]) -> Ordering {
        let values = self.values.iter().zip(&other.values).zip(descending);
        for ((one, two), descending) in values {
            let order = one.cmp(two);
            let order = if *descending { order.reverse() } else { order };
            if order.is_ne() {
                return order;
            }
        }
        self.key.cmp(&other.key)
    }
}

impl Ord for Placed {
    fn cmp(&self, other: &Self) -> Ordering {
        self.place.compare(&other.place, &self.descending)
    }
}

impl PartialOrd for Placed {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Placed {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Placed {}
