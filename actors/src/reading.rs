//! Events are read at any replica.
//!
//! ```text
//!                         ┌─ here, if this node has a replica that is fit ─┐
//!  reader ─► place, wait ─┤                                                ├─► page
//!                         └─ else another node's: followers, then leader ──┘
//! ```
//!
//! What a replica has applied is committed and never changes, so a page is right wherever it was read.
//! Two things keep a reader that moves between replicas from losing or repeating anything: its place
//! is a sequence number, and a replica that has not come as far does not answer. Who must see all that
//! was acknowledged names an end that the leader has vouched for, and only a replica that has applied
//! everything before that end answers.

mod replica;

use std::sync::Arc;
use std::time::Duration;

use bincode::{Decode, Encode};
use roost_model::{NodeId, PartitionId, SequenceNumber, StoredBatch};
use tokio::time::Instant;

use crate::client::{HubError, PartitionInfo, ReadFrom};
use crate::context::Context;
use crate::metrics::Asker;
use crate::wire::{self, Answer, Call};
use replica::Passed;

/// Beyond the time that a reader wants to wait for something new.
const SLACK: Duration = Duration::from_secs(3);
/// Between rounds in which no replica answered.
const RETRY: Duration = Duration::from_millis(50);

/// What a reader asks a replica for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub(crate) struct EventsRequest {
    /// Never [`ReadFrom::Latest`], which only a leader can tell.
    pub(crate) from: ReadFrom,
    pub(crate) max_events: u32,
    /// How long to wait for the first event when there is none.
    pub(crate) wait_ms: u32,
    /// A replica answers only once it has applied all events before this one.
    pub(crate) applied: SequenceNumber,
    /// A replica that is out of touch may answer, too.
    pub(crate) lenient: bool,
}

/// What a replica answers.
#[derive(Debug)]
pub(crate) struct ReplicaPage {
    /// The first one is cut to where the reader wants to begin.
    pub(crate) batches: Vec<StoredBatch>,
    pub(crate) next: SequenceNumber,
    /// The stream as the replica knew it right after reading.
    pub(crate) info: PartitionInfo,
}

/// Reads at the first replica that answers.
///
/// # Errors
/// 503001 when none did until `give_up`, 500001 when none did and one cannot read its tables.
pub(crate) async fn read(
    context: &Arc<Context>,
    partition: PartitionId,
    request: EventsRequest,
    give_up: Instant,
) -> Result<ReplicaPage, HubError> {
    loop {
        let mut damaged = None;
        for lenient in [false, true] {
            let request = EventsRequest { lenient, ..request };
            match round(context, partition, request).await {
                Ok(page) => return Ok(page),
                Err(Passed::Damaged(error)) => damaged = Some(error),
                Err(Passed::Unfit) => {}
            }
        }
        if Instant::now() >= give_up {
            let unavailable = || HubError::unavailable("no replica of the partition answers now");
            return Err(damaged.unwrap_or_else(unavailable));
        }
        tokio::time::sleep(RETRY).await;
    }
}

/// Asks every replica once.
async fn round(
    context: &Arc<Context>,
    partition: PartitionId,
    request: EventsRequest,
) -> Result<ReplicaPage, Passed> {
    let mut passed = match replica::read(context, partition, request, Asker::Here).await {
        Ok(page) => return Ok(page),
        Err(passed) => passed,
    };
    for node in context.cluster.other_replicas(partition) {
        match ask(context, node, partition, request).await {
            Ok(page) => return Ok(page),
            Err(Passed::Unfit) => {}
            Err(damaged) => passed = damaged,
        }
    }
    Err(passed)
}

async fn ask(
    context: &Context,
    node: NodeId,
    partition: PartitionId,
    request: EventsRequest,
) -> Result<ReplicaPage, Passed> {
    let payload = wire::encode(&Call::Events(partition, request));
    let deadline = Duration::from_millis(u64::from(request.wait_ms)) + SLACK;
    let answer = context.cluster.call(node, payload, deadline).await;
    let answer = answer.map_err(|_| Passed::Unfit)?;
    match wire::decode::<Answer>(&answer) {
        Ok(Answer::Page {
            batches,
            next,
            info,
        }) => {
            let batches = batches.into_iter().map(|bytes| {
                StoredBatch::decode(bytes.into()).map_err(|error| Passed::damaged(&error))
            });
            Ok(ReplicaPage {
                batches: batches.collect::<Result<_, _>>()?,
                next,
                info,
            })
        }
        Ok(Answer::Refused(wire::Refused::Rejected { reason, .. })) => {
            Err(Passed::damaged(&reason))
        }
        _ => Err(Passed::Unfit),
    }
}

/// Answers a reader at another node.
pub(crate) async fn serve(
    context: &Arc<Context>,
    partition: PartitionId,
    request: EventsRequest,
) -> Answer {
    match replica::read(context, partition, request, Asker::Elsewhere).await {
        Ok(page) => {
            let batches = page.batches.iter();
            Answer::Page {
                batches: batches.map(|batch| batch.encode().to_vec()).collect(),
                next: page.next,
                info: page.info,
            }
        }
        Err(Passed::Unfit) => Answer::Refused(wire::Refused::NotLeader(None)),
        Err(Passed::Damaged(error)) => {
            Answer::Refused(wire::Refused::rejected(error.code(), error.to_string()))
        }
    }
}
