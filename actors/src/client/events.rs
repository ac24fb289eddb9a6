//! The event stream.

use std::time::Duration;

use roost_model::{PartitionId, SequenceNumber, StoredBatch};

use super::{
    Checkpoint, DEADLINE, EventPage, HubClient, HubError, PartitionInfo, ReadFrom, StoredEvent,
    ask, unexpected,
};
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

    /// Reads events in order. With nothing to read it waits up to `wait` for something to come.
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
        self.check(partition)?;
        let request = Request::Events {
            from,
            max_events: max_events as u32,
            wait_ms: wait.as_millis() as u32,
        };
        match ask(&self.context, partition, request, DEADLINE + wait).await? {
            Answer::Events { batches, next } => page(batches, next, max_events),
            _ => Err(unexpected()),
        }
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

    fn check(&self, partition: PartitionId) -> Result<(), HubError> {
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

fn page(
    batches: Vec<Vec<u8>>,
    next: SequenceNumber,
    max_events: usize,
) -> Result<EventPage, HubError> {
    let damaged = |error: &dyn std::fmt::Display| {
        HubError::new(
            roost_model::ErrorCode::ServerError,
            format!("a stored batch: {error}"),
        )
    };
    let mut page = EventPage {
        events: Vec::new(),
        next,
    };
    for bytes in batches {
        let batch = StoredBatch::decode(bytes.into()).map_err(|error| damaged(&error))?;
        let enqueued_at = batch.header.enqueued_at;
        for item in batch.iter() {
            let (sequence, record) = item.map_err(|error| damaged(&error))?;
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
