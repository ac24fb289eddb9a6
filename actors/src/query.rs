//! Queries at a partition's leader.

mod indexing;
mod wire;

pub(crate) use indexing::Indexing;
pub(crate) use wire::{QueryAnswer, QueryRequest};

use std::time::{Duration, Instant};

use roost_cluster::blocking;
use roost_model::ErrorCode;
use roost_model::query::{Program, Query};
use roost_partition::{QueryFailure, QueryRun};

use crate::leadership::Leadership;
use crate::metrics;
use crate::read::damaged;
use crate::wire::{Answer, Refused};

/// Answers a slice of a query with everything that was acknowledged before it was asked.
///
/// The work runs on a thread of its own, as many at once as the machine has processors. It ends after the
/// time that the request grants, so that a caller who has gone holds nothing up.
pub(crate) async fn serve(
    leadership: &Leadership,
    request: QueryRequest,
) -> Result<Answer, Refused> {
    let query = Query::parse(&request.text)
        .map_err(|error| Refused::rejected(ErrorCode::ArgumentInvalid, error.to_string()))?;
    // Waits for others, and so for no turn: the partitions of a node wait together.
    let barrier = leadership.handle.read_barrier().await;
    barrier.map_err(|not_leading| Refused::NotLeader(not_leading.leader))?;
    let Ok(_turn) = leadership.context.query_turns.acquire().await else {
        return Err(Refused::NotLeader(None));
    };
    let reader = leadership.reader().clone();
    let work = Duration::from_millis(u64::from(request.work_ms));
    let looking = blocking::run(move || {
        let started = Instant::now();
        let program = Program::compile(&query);
        let run = reader.query(&program, &request.slice, &|| started.elapsed() < work);
        (run, started.elapsed())
    });
    let (run, took) = looking.await.map_err(|error| {
        tracing::error!(%error, "a query did not come to an end");
        Refused::rejected(ErrorCode::ServerError, "the query did not come to an end")
    })?;
    let run = run.map_err(refusal)?;
    metrics::query_slice(&run.plan, run.looked_at, took);
    leadership.context.indexing.learn(leadership, &run);
    let QueryRun {
        part,
        next,
        plan,
        looked_at,
        ..
    } = run;
    Ok(Answer::Query(QueryAnswer {
        part,
        next,
        plan,
        looked_at,
    }))
}

fn refusal(failure: QueryFailure) -> Refused {
    match failure {
        QueryFailure::Partition(error) => damaged(error),
        too_many @ QueryFailure::TooManyGroups { .. } => {
            Refused::rejected(ErrorCode::ArgumentInvalid, too_many.to_string())
        }
    }
}
