//! Queries over the twins of a partition.
//!
//! A query is answered in slices: each begins behind a key, looks at rows in the order of keys until it
//! has enough or is told to stop, and says where to go on. Slices of one query see the partition at
//! different moments; within one, all rows are of the same.
//!
//! ```text
//!  Program ─ plan ─► candidates ─► row ─ keeps? ─► sink ─► QueryPart
//!            │       ranges of keys   values at     rows, the first of an order, or groups
//!            └ index keys that may match  paths
//! ```
//!
//! An index only proposes candidates: whether a row is in the answer is decided by its condition.

mod answer;
mod candidates;
mod facts;
mod plan;
mod render;
mod row;
mod sink;

pub use answer::{GroupRow, QueryFailure, QueryPart, QueryRow, QueryRun, QuerySlice, SortPlace};
pub use plan::QueryPlan;

use std::cell::RefCell;
use std::ops::ControlFlow;

use parking_lot::RwLock;
use roost_engine::View;
use roost_model::query::{Accumulator, AggregateFunction, Output, Program, Source};

use crate::error::PartitionError;
use crate::index::Catalog;
use crate::reader::Reader;
use crate::sessions::Sessions;
use crate::table::prefix::Prefix;
use crate::table::rows::Rows;
use candidates::Candidate;
use plan::Plan;
use row::Row;
use sink::Sink;

/// Rows between two looks at whether to go on.
const BETWEEN_CHECKS: u64 = 64;

/// What rows are read from.
pub(crate) struct Scene<'a> {
    view: &'a View,
    prefix: Prefix,
    sessions: &'a RwLock<Sessions>,
    /// The first trouble that reading a row's facts had.
    trouble: RefCell<Option<PartitionError>>,
}

impl Reader {
    /// Answers a slice of a query. Blocks on the disk and the processor; `go_on` is asked every few
    /// dozen rows, and at its `false` the slice ends early.
    ///
    /// # Errors
    /// A database error, damaged rows, and [`QueryFailure::TooManyGroups`].
    pub fn query(
        &self,
        program: &Program,
        slice: &QuerySlice,
        go_on: &dyn Fn() -> bool,
    ) -> Result<QueryRun, QueryFailure> {
        if let Some(run) = self.counted(program, slice) {
            return Ok(run);
        }
        let _guard = self.shared.export_guard();
        // A failure that is no fault of the rows is an answer to whoever reads them.
        let run =
            self.read(
                |rows, _| match run(rows, &self.shared.sessions, program, slice, go_on) {
                    Err(QueryFailure::Partition(error)) => Err(error),
                    other => Ok(other),
                },
            );
        run.unwrap_or_else(|error| Err(error.into()))
    }

    /// Counts of all rows are kept, not counted.
    fn counted(&self, program: &Program, slice: &QuerySlice) -> Option<QueryRun> {
        let Output::Groups {
            keys, aggregates, ..
        } = &program.output
        else {
            return None;
        };
        let plain = keys.is_empty()
            && !program.is_filtered()
            && slice.after.is_none()
            && aggregates
                .iter()
                .all(|aggregate| *aggregate == (AggregateFunction::Count, None));
        if !plain {
            return None;
        }
        let row = self.row();
        let count = match program.source {
            Source::Devices => row.devices,
            Source::Modules => row.modules,
        };
        let group = GroupRow {
            keys: Vec::new(),
            places: Vec::new(),
            aggregates: vec![Accumulator::Count(count); aggregates.len()],
        };
        Some(QueryRun {
            part: QueryPart::Groups(vec![group]),
            next: None,
            plan: QueryPlan::Counters,
            looked_at: 0,
            used: None,
            unindexed: Vec::new(),
        })
    }
}

fn run(
    rows: &Rows,
    sessions: &RwLock<Sessions>,
    program: &Program,
    slice: &QuerySlice,
    go_on: &dyn Fn() -> bool,
) -> Result<QueryRun, QueryFailure> {
    let view = rows.store.view();
    let scene = Scene {
        view: &view,
        prefix: rows.prefix,
        sessions,
        trouble: RefCell::default(),
    };
    let catalog = Catalog::read_at(&view, rows.prefix)?;
    let plan = Plan::choose(&scene, program, &catalog)?;
    let mut sink = Sink::new(program, slice);
    let mut looked_at = 0;
    let mut next = None;
    let mut failure = None;
    let after = slice.after.as_deref();
    candidates::walk(&scene, &plan, after, &mut |candidate: Candidate<'_>| {
        looked_at += 1;
        let stop = match take(&scene, program, &candidate, &mut sink) {
            Ok(ControlFlow::Continue(())) => looked_at % BETWEEN_CHECKS == 0 && !go_on(),
            Ok(ControlFlow::Break(())) => true,
            Err(error) => {
                failure = Some(error);
                true
            }
        };
        if stop {
            next = Some(candidate.key.to_vec());
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    })?;
    if let Some(failure) = failure {
        return Err(failure);
    }
    Ok(QueryRun {
        part: sink.finish(&scene, program)?,
        next,
        looked_at,
        unindexed: plan.unindexed(program, &catalog),
        used: plan.index,
        plan: plan.name,
    })
}

/// Looks at one candidate.
fn take(
    scene: &Scene<'_>,
    program: &Program,
    candidate: &Candidate<'_>,
    sink: &mut Sink<'_>,
) -> Result<ControlFlow<()>, QueryFailure> {
    let row = Row::new(scene, candidate)?;
    if row.is_module() != (program.source == Source::Modules) {
        return Ok(ControlFlow::Continue(()));
    }
    let kept = program.keeps(&|slot| row.value(program.lookup(*slot)));
    let flow = if kept {
        sink.take(program, &row)?
    } else {
        ControlFlow::Continue(())
    };
    match scene.trouble.take() {
        None => Ok(flow),
        Some(error) => Err(error.into()),
    }
}
