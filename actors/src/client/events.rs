//! The event stream.

use std::time::Duration;

use roost_model::{PartitionId, SequenceNumber};
use tokio::time::Instant;

use super::{
    Checkpoint, DEADLINE, EventPage, HubClient, HubError, PartitionInfo, ReadFrom, StoredEvent,
    unexpected,
};
use crate::reading::{self, EventsRequest, ReplicaPage};
use crate::wire::{Answer, Request};

impl HubClient {
    /// The bounds of a partition.
    ///
    /// # Errors
    /// 503003 when there is no such partition.
    pub async fn partition_info(&self, partition: PartitionId) -> Result<PartitionInfo, HubError> {
        self.check(partition)?;
        match self.ask(partition, Request::PartitionInfo).await? {
            Answer::PartitionInfo(info) => Ok(info),
            _ => Err(unexpected()),
        }
    }

    /// Reads events in order, all that were acknowledged before the call included, at whatever node.
    /// With nothing to read it waits up to `wait` for something to come.
    ///
    /// The leader says where the stream ends; the events come from any replica that has got there.
    ///
    /// # Errors
    /// 503003 when there is no such partition.
    pub async fn read_events(
        &self,
        partition: PartitionId,
        from: ReadFrom,
        max_events: usize,
        wait: Duration,
    ) -> Result<EventPage, HubError> {
        let info = self.partition_info(partition).await?;
        let end = info.next_sequence;
        let from = match from.place(&info) {
            Ok(next) if next >= end && wait.is_zero() => {
                return Ok(EventPage {
                    events: Vec::new(),
                    next,
                    info,
                });
            }
            Ok(place) => ReadFrom::Sequence(place),
            Err(_) => from,
        };
        self.page(partition, from, end, max_events, wait).await
    }

    /// Reads on in a stream: as [`HubClient::read_events`], but what the page has is what a replica
    /// has got at the moment. Asks no leader, unless for the places `Latest` and `EnqueuedAfter`.
    ///
    /// # Errors
    /// 503003 when there is no such partition.
    pub async fn follow_events(
        &self,
        partition: PartitionId,
        from: ReadFrom,
        max_events: usize,
        wait: Duration,
    ) -> Result<EventPage, HubError> {
        if matches!(from, ReadFrom::Latest | ReadFrom::EnqueuedAfter(_)) {
            return self.read_events(partition, from, max_events, wait).await;
        }
        self.check(partition)?;
        let applied = SequenceNumber(0);
        self.page(partition, from, applied, max_events, wait).await
    }

    async fn page(
        &self,
        partition: PartitionId,
        from: ReadFrom,
        applied: SequenceNumber,
        max_events: usize,
        wait: Duration,
    ) -> Result<EventPage, HubError> {
        let request = EventsRequest {
            from,
            max_events: max_events as u32,
            wait_ms: wait.as_millis() as u32,
            applied,
            lenient: false,
        };
        let give_up = Instant::now() + DEADLINE + wait;
        let read = reading::read(&self.context, partition, request, give_up).await?;
        unpack(read, max_events)
    }

    /// How far a consumer group has read a partition.
    ///
    /// # Errors
    /// 503003 when there is no such partition, 404001 never: a group without a checkpoint has none.
    pub async fn checkpoint(
        &self,
        group: &str,
        partition: PartitionId,
    ) -> Result<Option<Checkpoint>, HubError> {
        self.check(partition)?;
        match self
            .ask(partition, Request::Checkpoint(group.to_owned()))
            .await?
        {
            Answer::Checkpoint(checkpoint) => Ok(checkpoint),
            _ => Err(unexpected()),
        }
    }

    /// Stores how far a consumer group has read a partition; durable when it returns.
    ///
    /// # Errors
    /// 400004 for a place past the end of the stream.
    pub async fn set_checkpoint(
        &self,
        group: &str,
        partition: PartitionId,
        sequence: SequenceNumber,
    ) -> Result<Checkpoint, HubError> {
        self.check(partition)?;
        match self
            .ask(
                partition,
                Request::SetCheckpoint(group.to_owned(), sequence),
            )
            .await?
        {
            Answer::Checkpoint(Some(checkpoint)) => Ok(checkpoint),
            _ => Err(unexpected()),
        }
    }

    pub(crate) fn check(&self, partition: PartitionId) -> Result<(), HubError> {
        if partition.get() < self.partition_count() {
            return Ok(());
        }
        let code = roost_model::ErrorCode::PartitionNotFound;
        Err(HubError::new(
            code,
            format!("there is no partition {partition}"),
        ))
    }
}

/// The events of the batches, at most so many.
fn unpack(read: ReplicaPage, max_events: usize) -> Result<EventPage, HubError> {
    let mut page = EventPage {
        events: Vec::new(),
        next: read.next,
        info: read.info,
    };
    for batch in read.batches {
        let enqueued_at = batch.header.enqueued_at;
        for item in batch.iter() {
            let (sequence, record) = item.map_err(|error| {
                let reason = format!("a stored batch: {error}");
                HubError::new(roost_model::ErrorCode::ServerError, reason)
            })?;
            if page.events.len() == max_events {
                page.next = sequence;
                return Ok(page);
            }
            page.events.push(StoredEvent {
                sequence,
                enqueued_at,
                record,
            });
        }
    }
    Ok(page)
}
