//! Asking one partition, slice by slice.

use roost_model::PartitionId;
use roost_partition::QuerySlice;

use super::{QueryExplanation, Running};
use crate::client::{HubError, unexpected};
use crate::query::{QueryAnswer, QueryRequest};
use crate::wire::{Answer, Request};

/// How long a leader works on a slice, in milliseconds: what a caller who has gone may cost.
const WORK_MS: u32 = 500;
/// Partitions that are asked at once.
pub(super) const AT_ONCE: usize = 16;

impl Running<'_> {
    /// One slice of a partition.
    pub(super) async fn slice(
        &self,
        partition: PartitionId,
        slice: QuerySlice,
    ) -> Result<QueryAnswer, HubError> {
        let request = QueryRequest {
            text: self.text.to_owned(),
            slice,
            work_ms: WORK_MS,
        };
        match self.client.ask(partition, Request::Query(request)).await? {
            Answer::Query(answer) => {
                self.explanation.lock().add(&answer);
                Ok(answer)
            }
            _ => Err(unexpected()),
        }
    }

    /// All slices of a partition, to its end; `take` gets what each came to.
    pub(super) async fn all_slices(
        &self,
        partition: PartitionId,
        mut slice: QuerySlice,
        mut take: impl FnMut(QueryAnswer) -> Result<(), HubError>,
    ) -> Result<(), HubError> {
        loop {
            let answer = self.slice(partition, slice.clone()).await?;
            let next = answer.next.clone();
            take(answer)?;
            match next {
                None => return Ok(()),
                after => slice.after = after,
            }
        }
    }
}

impl QueryExplanation {
    fn add(&mut self, answer: &QueryAnswer) {
        *self.plans.entry(answer.plan.to_string()).or_default() += 1;
        self.looked_at += answer.looked_at;
    }
}
