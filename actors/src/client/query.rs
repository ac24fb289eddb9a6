//! Queries over the whole hub: every leader answers for its partitions, here it is put together.
//!
//! ```text
//!  text ─► Program ─► slices to the leaders ─► Rows     in the order of partitions and keys
//!            ▲                                 Ordered  merged by place
//!  continuation: a position, not a cursor      Groups   parts of aggregates merged
//! ```

mod continuation;
mod groups;
mod ordered;
mod rows;
mod slices;

use std::collections::BTreeMap;

use roost_model::query::{Output, Program, Query};
use roost_model::{ErrorCode, Identity, PartitionId};

use super::{HubClient, HubError};
use continuation::{Continuation, Position};

/// Rows or groups of one page, and how to go on.
#[derive(Debug)]
struct Gathered {
    rows: Vec<Vec<u8>>,
    /// Behind the last row; none when there is nothing more.
    next: Option<Position>,
}

/// One page of a query's answer.
#[derive(Debug, Clone)]
pub struct QueryPage {
    /// Whether rows are whole twins.
    pub twins: bool,
    /// Each a JSON object.
    pub rows: Vec<Vec<u8>>,
    /// What asks for the next page; none when there is nothing more.
    pub continuation: Option<String>,
    /// How rows were found.
    pub plan: QueryExplanation,
}

/// How the leaders found what they answered.
#[derive(Debug, Clone, Default)]
pub struct QueryExplanation {
    /// The ways, and how many slices went each.
    pub plans: BTreeMap<String, u32>,
    /// Rows that were looked at.
    pub looked_at: u64,
}

/// A query on its way.
struct Running<'a> {
    client: &'a HubClient,
    text: &'a str,
    program: Program,
    partitions: Vec<PartitionId>,
    /// Rows of this page.
    limit: usize,
    explanation: parking_lot::Mutex<QueryExplanation>,
}

impl HubClient {
    /// Answers a page of at most `limit` rows (at least one) of a query over all partitions.
    ///
    /// Linearizable partition by partition: what was acknowledged before the call is seen.
    ///
    /// # Errors
    /// 400004 for what is no query, for a continuation of another query, and for more groups than there may
    /// be; 503001 when a partition has no leader.
    pub async fn query(
        &self,
        text: &str,
        limit: u32,
        continuation: Option<&str>,
    ) -> Result<QueryPage, HubError> {
        let query = Query::parse(text)
            .map_err(|error| HubError::new(ErrorCode::ArgumentInvalid, error.to_string()))?;
        let program = Program::compile(&query);
        let from = continuation
            .map(|token| Continuation::read(token, text))
            .transpose()?;
        let (delivered, position) =
            from.map_or((0, None), |from| (from.delivered, Some(from.position)));
        let left = program
            .top
            .map_or(u64::MAX, |top| top.saturating_sub(delivered));
        let limit = u64::from(limit.max(1)).min(left) as usize;
        let twins = program.output == Output::Twins;
        let running = Running {
            client: self,
            text,
            partitions: self.asked(&program)?,
            program,
            limit,
            explanation: parking_lot::Mutex::default(),
        };
        let gathered = match (limit, &running.program.output) {
            (0, _) => Gathered {
                rows: Vec::new(),
                next: None,
            },
            (_, Output::Groups { .. }) => running.groups(position).await?,
            _ if running.program.order.is_empty() => running.rows(position).await?,
            _ => running.ordered(position).await?,
        };
        let delivered = delivered + gathered.rows.len() as u64;
        let over = running.program.top.is_some_and(|top| delivered >= top);
        let next = gathered.next.filter(|_| !over);
        Ok(QueryPage {
            twins,
            rows: gathered.rows,
            continuation: next.map(|position| {
                Continuation {
                    delivered,
                    position,
                }
                .write(text)
            }),
            plan: running.explanation.into_inner(),
        })
    }

    /// The partitions that may hold rows of the answer, ascending.
    fn asked(&self, program: &Program) -> Result<Vec<PartitionId>, HubError> {
        if self.partition_count() == 0 {
            return Err(HubError::starting());
        }
        let Some(devices) = program.named_devices() else {
            return Ok(self.all_partitions().collect());
        };
        let mut homes = devices
            .into_iter()
            .map(|device| self.home(&Identity::device(device)))
            .collect::<Result<Vec<_>, _>>()?;
        homes.sort_unstable();
        homes.dedup();
        Ok(homes)
    }
}
