//! Rows in the order of their keys.

use std::ops::ControlFlow;

use roost_model::query::Program;

use super::rendered;
use crate::error::PartitionError;
use crate::query::answer::{QueryPart, QueryRow, QuerySlice, SortPlace};
use crate::query::row::Row;

/// The first ones that come, up to a number and a size.
#[derive(Debug)]
pub(in crate::query) struct Rows {
    rows: Vec<QueryRow>,
    limit: usize,
    /// What may still come.
    bytes: usize,
}

impl Rows {
    pub(super) fn new(slice: &QuerySlice) -> Self {
        Self {
            rows: Vec::new(),
            limit: slice.limit as usize,
            bytes: slice.bytes as usize,
        }
    }

    pub(super) fn take(
        &mut self,
        program: &Program,
        row: &Row<'_>,
    ) -> Result<ControlFlow<()>, PartitionError> {
        if let Some(json) = rendered(program, row)? {
            self.bytes = self.bytes.saturating_sub(json.len());
            let place = SortPlace {
                values: Vec::new(),
                key: row.key.to_vec(),
            };
            self.rows.push(QueryRow { place, json });
        }
        if self.rows.len() < self.limit && self.bytes > 0 {
            Ok(ControlFlow::Continue(()))
        } else {
            Ok(ControlFlow::Break(()))
        }
    }

    pub(super) fn finish(self) -> QueryPart {
        QueryPart::Rows {
            rows: self.rows,
            more: false,
        }
    }
}
