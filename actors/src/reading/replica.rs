//! Reading at this node's replica.

use std::sync::Arc;
use std::time::Duration;

use roost_cluster::{Fitness, PartitionHandle, Role, blocking};
use roost_model::{ErrorCode, PartitionId, SequenceNumber, StoredBatch};
use roost_partition::{PartitionError, Reader};
use tokio::sync::watch;
use tokio::time::Instant;

use super::{EventsRequest, ReplicaPage};
use crate::client::{HubError, PartitionInfo, ReadFrom};
use crate::context::Context;
use crate::metrics::{self, Asker};

/// A page of events carries at most this many bytes.
const PAGE_BYTES: usize = 1 << 20;
/// How long a replica may take to come as far as the reader is, until another one is asked.
const CATCH_UP: Duration = Duration::from_secs(1);
/// Between looks, while waiting, at whether the replica is still fit.
const LOOK: Duration = Duration::from_secs(2);

/// Why a replica does not answer.
#[derive(Debug)]
pub(super) enum Passed {
    /// There is none here that may, or it has not come far enough.
    Unfit,
    /// It cannot be read.
    Damaged(HubError),
}

/// Reads here.
pub(super) async fn read(
    context: &Arc<Context>,
    partition: PartitionId,
    request: EventsRequest,
    asker: Asker,
) -> Result<ReplicaPage, Passed> {
    let fitness = match request.lenient {
        true => Fitness::Whole,
        false => Fitness::InTouch,
    };
    let fit = || context.cluster.reading_replica(partition, fitness);
    let replica = fit().ok_or(Passed::Unfit)?;
    let mut appended = replica.appended();
    caught_up(&replica, &mut appended, request).await?;
    let reader = replica.reader();
    let start = start(reader, request.from).await?;
    let end = Instant::now() + Duration::from_millis(u64::from(request.wait_ms));
    // Ends early, without events, when the replica is not fit any more: the reader moves on.
    while *appended.borrow_and_update() <= start && Instant::now() < end && fit().is_some() {
        let look = end.min(Instant::now() + LOOK);
        // Nothing came: another look.
        let _ = tokio::time::timeout_at(look, appended.wait_for(|next| *next > start)).await;
    }
    let max_events = request.max_events as usize;
    let is_end = *appended.borrow() <= start;
    let batches = match is_end {
        true => Vec::new(),
        false => {
            let read = move |reader: &Reader| reader.events(start, max_events, PAGE_BYTES);
            off_thread(reader.clone(), read).await?
        }
    };
    metrics::page_read(leads(&replica), asker);
    Ok(page(reader, start, batches))
}

fn page(reader: &Reader, start: SequenceNumber, batches: Vec<StoredBatch>) -> ReplicaPage {
    let last = batches.last();
    let next = last.map_or(start, |batch| batch.header.next_sequence());
    ReplicaPage {
        batches,
        next,
        info: PartitionInfo::from(reader.bounds()),
    }
}

/// Waits until the replica has what the reader must see, and has come as far as the reader is.
async fn caught_up(
    replica: &PartitionHandle,
    appended: &mut watch::Receiver<SequenceNumber>,
    request: EventsRequest,
) -> Result<(), Passed> {
    let place = match request.from {
        ReadFrom::Sequence(sequence) => sequence,
        ReadFrom::After(sequence) => sequence.next(),
        ReadFrom::Earliest | ReadFrom::Latest | ReadFrom::EnqueuedAfter(_) => SequenceNumber(0),
    };
    let wanted = place.max(request.applied);
    let waiting = appended.wait_for(|next| *next >= wanted);
    if let Ok(Ok(_)) = tokio::time::timeout(CATCH_UP, waiting).await {
        return Ok(());
    }
    let next = *appended.borrow();
    // A client may name a place that no event has yet. Who leads knows that; and when nobody is in
    // touch, waiting for it hurts nobody.
    let may_wait = leads(replica) || request.lenient;
    if next >= request.applied && may_wait {
        Ok(())
    } else {
        Err(Passed::Unfit)
    }
}

fn leads(replica: &PartitionHandle) -> bool {
    matches!(*replica.role().borrow(), Role::Leader { .. })
}

/// The number to begin at.
async fn start(reader: &Reader, from: ReadFrom) -> Result<SequenceNumber, Passed> {
    let bounds = PartitionInfo::from(reader.bounds());
    match from.place(&bounds) {
        Ok(place) => Ok(place),
        Err(time) => {
            let look = move |reader: &Reader| reader.sequence_at_or_after(time);
            off_thread(reader.clone(), look).await
        }
    }
}

/// The tables are on a disk, and who reads here may have a socket to look after.
async fn off_thread<T: Send + 'static>(
    reader: Reader,
    work: impl FnOnce(&Reader) -> Result<T, PartitionError> + Send + 'static,
) -> Result<T, Passed> {
    let done = blocking::run(move || work(&reader)).await;
    let done = done.map_err(|error| Passed::damaged(&error))?;
    done.map_err(|error| Passed::damaged(&error))
}

// === impl Passed ===

impl Passed {
    pub(super) fn damaged(error: &dyn std::fmt::Display) -> Passed {
        tracing::error!(%error, "a replica cannot be read");
        let reason = "the partition cannot be read";
        Passed::Damaged(HubError::new(ErrorCode::ServerError, reason))
    }
}
