//! Where rows of the answer go.

mod groups;
mod ordered;
mod rows;

use std::ops::ControlFlow;

use roost_model::query::{Output, Program};

use super::answer::{QueryFailure, QueryPart, QuerySlice};
use super::row::Row;
use super::{Scene, render};
use crate::error::PartitionError;
use groups::Groups;
use ordered::Ordered;
use rows::Rows;

/// One for each kind of answer.
#[derive(Debug)]
pub(super) enum Sink<'s> {
    Rows(Rows),
    Ordered(Ordered<'s>),
    Groups(Groups),
}

impl<'s> Sink<'s> {
    pub(super) fn new(program: &Program, slice: &'s QuerySlice) -> Self {
        match &program.output {
            Output::Groups {
                keys, aggregates, ..
            } => Self::Groups(Groups::new(keys, aggregates)),
            _ if program.order.is_empty() => Self::Rows(Rows::new(slice)),
            _ => Self::Ordered(Ordered::new(program, slice)),
        }
    }

    /// Takes a row that is in the answer; breaks when there is enough.
    pub(super) fn take(
        &mut self,
        program: &Program,
        row: &Row<'_>,
    ) -> Result<ControlFlow<()>, QueryFailure> {
        match self {
            Self::Rows(rows) => Ok(rows.take(program, row)?),
            Self::Ordered(ordered) => {
                ordered.take(program, row);
                Ok(ControlFlow::Continue(()))
            }
            Self::Groups(groups) => {
                groups.take(program, row)?;
                Ok(ControlFlow::Continue(()))
            }
        }
    }

    pub(super) fn finish(
        self,
        scene: &Scene<'_>,
        program: &Program,
    ) -> Result<QueryPart, QueryFailure> {
        match self {
            Self::Rows(rows) => Ok(rows.finish()),
            Self::Ordered(ordered) => Ok(ordered.finish(scene, program)?),
            Self::Groups(groups) => Ok(groups.finish()),
        }
    }
}

/// A row as JSON; `None` when its identity is gone.
fn rendered(program: &Program, row: &Row<'_>) -> Result<Option<Vec<u8>>, PartitionError> {
    match &program.output {
        Output::Rows(columns) => render::columns(row, program, columns).map(Some),
        _ => render::twin(row),
    }
}
