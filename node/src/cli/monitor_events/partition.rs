//! Reads one partition for as long as it takes.

use std::time::Duration;

use anyhow::{Context, anyhow};
use futures::StreamExt;
use serde_json::Value;
use tokio::sync::mpsc;

use crate::service::{ServiceClient, ServiceError, SseParser};

/// The hub sends a comment every 15 seconds; a stream silent for longer than this is dead.
const SILENCE: Duration = Duration::from_secs(45);

/// Time between two attempts while the hub does not answer.
const RETRY_INTERVAL: Duration = Duration::from_secs(1);

/// Where to begin in a partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Start {
    Earliest,
    /// Behind this sequence number.
    After(u64),
}

/// Follows one partition and resumes behind the last event when its stream breaks.
#[derive(Debug)]
pub(super) struct PartitionReader {
    client: ServiceClient,
    partition: u16,
    start: Start,
    events: mpsc::Sender<Value>,
}

/// Why one stream ended.
enum End {
    /// It broke; another one may do better.
    Broken,
    /// Nobody wants more events.
    Unwanted,
    Failed(anyhow::Error),
}

impl PartitionReader {
    pub(super) fn new(
        client: ServiceClient,
        partition: u16,
        start: Start,
        events: mpsc::Sender<Value>,
    ) -> Self {
        Self {
            client,
            partition,
            start,
            events,
        }
    }

    /// Reads until the hub refuses for good; gives the reason. While nobody wants events it waits to
    /// be dropped.
    pub(super) async fn run(mut self) -> anyhow::Error {
        loop {
            match self.follow().await {
                End::Broken => tokio::time::sleep(RETRY_INTERVAL).await,
                End::Unwanted => std::future::pending().await,
                End::Failed(error) => {
                    return error.context(format!("partition {}", self.partition));
                }
            }
        }
    }

    async fn follow(&mut self) -> End {
        let number = self.partition.to_string();
        let path = ["messages", "events", "partitions", &number];
        let after;
        let query: &[(&str, &str)] = match self.start {
            Start::Earliest => &[("from", "earliest")],
            Start::After(sequence) => {
                after = sequence.to_string();
                &[("from", "offset"), ("value", &after)]
            }
        };
        let response = match self.client.stream(&path, query).await {
            Ok(response) => response,
            Err(error) if error.is_transient() => return End::Broken,
            Err(error) => return End::Failed(error.into()),
        };
        let mut parser = SseParser::default();
        let mut bytes = response.bytes_stream();
        loop {
            match tokio::time::timeout(SILENCE, bytes.next()).await {
                Ok(Some(Ok(chunk))) => {
                    for event in parser.push(&chunk) {
                        if let Err(end) = self.deliver(&event.name, &event.data).await {
                            return end;
                        }
                    }
                }
                Ok(Some(Err(error))) => {
                    let error = self.client.stream_error(&error);
                    tracing::debug!(partition = self.partition, %error, "stream broke");
                    return End::Broken;
                }
                Ok(None) | Err(_) => return End::Broken,
            }
        }
    }

    async fn deliver(&mut self, name: &str, data: &str) -> Result<(), End> {
        if name == "error" {
            let reason = ServiceError::from_event(data);
            return Err(if reason.is_transient() {
                End::Broken
            } else {
                End::Failed(reason.into())
            });
        }
        let event: Value = serde_json::from_str(data)
            .context("the hub sent an event that is not JSON")
            .map_err(End::Failed)?;
        let sequence = event
            .get("sequenceNumber")
            .and_then(Value::as_u64)
            .ok_or_else(|| End::Failed(anyhow!("the hub sent an event without sequence number")))?;
        self.events.send(event).await.map_err(|_| End::Unwanted)?;
        self.start = Start::After(sequence);
        Ok(())
    }
}
