use std::fmt::Write as _;
use std::time::{Duration, Instant};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use roost_actors::client::{EventPage, HubClient, HubError, ReadFrom};
use roost_model::limits::DEFAULT_CONSUMER_GROUP;
use roost_model::{PartitionId, SequenceNumber, Timestamp};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::error::ApiError;
use crate::query::Query;

const PARAMETERS: [&str; 5] = ["from", "value", "consumerGroup", "max", "wait"];
const DEFAULT_MAX: u64 = 100;
const MAX_EVENTS: u64 = 1000;
const MAX_WAIT_SECONDS: u64 = 60;
/// Between an early answer without events and the next question.
const PAUSE: Duration = Duration::from_millis(50);
/// What a name may have unescaped in a query.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'$');

/// The words for where to begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Start {
    Earliest,
    Latest,
    Offset,
    Sequence,
    Time,
    Checkpoint,
}

/// The query of a request for events, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reading {
    pub(crate) position: Position,
    /// As the client wrote it.
    pub(crate) group: String,
    pub(crate) max: usize,
    pub(crate) wait: Duration,
}

/// Where to begin, as far as the request tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Position {
    Earliest,
    Latest,
    After(SequenceNumber),
    From(SequenceNumber),
    EnqueuedAfter(Timestamp),
    Checkpoint,
}

impl Reading {
    /// Errors: ArgumentInvalid, naming the parameter.
    pub(crate) fn parse(query: &Query) -> Result<Self, ApiError> {
        query.only(&PARAMETERS)?;
        let start = start(query.get("from")?.unwrap_or("earliest"))?;
        let wait = Duration::from_secs(query.number("wait", 0..=MAX_WAIT_SECONDS, 0)?);
        let max = query.number("max", 1..=MAX_EVENTS, DEFAULT_MAX)?;
        Ok(Reading {
            position: position(start, query.get("value")?)?,
            group: query
                .get("consumerGroup")?
                .unwrap_or(DEFAULT_CONSUMER_GROUP)
                .to_owned(),
            max: usize::try_from(max).unwrap_or(usize::MAX),
            wait,
        })
    }

    /// Path and query that read on from `next` in the same manner.
    pub(crate) fn next_page(&self, partition: PartitionId, next: SequenceNumber) -> String {
        let mut link = format!(
            "/messages/events/partitions/{}?from=sequence",
            partition.get()
        );
        let group = utf8_percent_encode(&self.group, UNRESERVED);
        // Writing to a String can't fail.
        let _ = write!(link, "&value={}&consumerGroup={group}", next.get());
        let _ = write!(link, "&max={}&wait={}", self.max, self.wait.as_secs());
        link
    }
}

/// Where to read, after a look at the group's checkpoint when it matters.
pub(crate) async fn resolve(
    hub: &HubClient,
    partition: PartitionId,
    reading: &Reading,
) -> Result<ReadFrom, ApiError> {
    Ok(match reading.position {
        Position::Earliest => ReadFrom::Earliest,
        Position::Latest => ReadFrom::Latest,
        Position::After(sequence) => ReadFrom::After(sequence),
        Position::From(sequence) => ReadFrom::Sequence(sequence),
        Position::EnqueuedAfter(time) => ReadFrom::EnqueuedAfter(time),
        Position::Checkpoint => match hub.checkpoint(&reading.group, partition).await? {
            Some(checkpoint) => ReadFrom::After(checkpoint.sequence),
            None => ReadFrom::Earliest,
        },
    })
}

/// What a page has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// All that was acknowledged before it was asked for.
    Acknowledged,
    /// What a replica has got at the moment: enough to read on in a stream.
    Here,
}

/// Reads a page; waits up to `wait` for the first event when there is none.
///
/// A replica may answer before there is something, for instance when it stops; then another one is
/// asked, but not in a tight loop.
pub(crate) async fn read(
    hub: &HubClient,
    partition: PartitionId,
    from: ReadFrom,
    max: usize,
    wait: Duration,
    extent: Extent,
) -> Result<EventPage, HubError> {
    let deadline = Instant::now() + wait;
    let mut page = match extent {
        Extent::Acknowledged => hub.read_events(partition, from, max, wait).await?,
        Extent::Here => hub.follow_events(partition, from, max, wait).await?,
    };
    while page.events.is_empty() && deadline > Instant::now() + PAUSE {
        tokio::time::sleep(PAUSE).await;
        let left = deadline.saturating_duration_since(Instant::now());
        let from = ReadFrom::Sequence(page.next);
        page = hub.follow_events(partition, from, max, left).await?;
    }
    Ok(page)
}

fn start(text: &str) -> Result<Start, ApiError> {
    Ok(match text.to_ascii_lowercase().as_str() {
        "earliest" => Start::Earliest,
        "latest" => Start::Latest,
        "offset" => Start::Offset,
        "sequence" => Start::Sequence,
        "time" => Start::Time,
        "checkpoint" => Start::Checkpoint,
        _ => {
            return Err(ApiError::invalid(
                "from must be earliest, latest, offset, sequence, time or checkpoint",
            ));
        }
    })
}

fn position(start: Start, value: Option<&str>) -> Result<Position, ApiError> {
    let needed = || value.ok_or_else(|| ApiError::missing("value is missing"));
    let position = match start {
        Start::Earliest => Position::Earliest,
        Start::Latest => Position::Latest,
        Start::Checkpoint => Position::Checkpoint,
        Start::Offset => return offset(needed()?),
        Start::Sequence => return sequence(needed()?).map(Position::From),
        Start::Time => return time(needed()?).map(Position::EnqueuedAfter),
    };
    match value {
        None => Ok(position),
        Some(_) => Err(ApiError::invalid(
            "value needs from=offset, from=sequence or from=time",
        )),
    }
}

/// An offset is a sequence number as text, or one of the words that Event Hubs has for the ends.
fn offset(text: &str) -> Result<Position, ApiError> {
    match text {
        "-1" => Ok(Position::Earliest),
        "@latest" => Ok(Position::Latest),
        _ => sequence(text).map(Position::After),
    }
}

fn sequence(text: &str) -> Result<SequenceNumber, ApiError> {
    text.parse::<u64>()
        .map(SequenceNumber)
        .map_err(|_| ApiError::invalid("value must be a whole number"))
}

fn time(text: &str) -> Result<Timestamp, ApiError> {
    match text.parse::<u64>() {
        Ok(milliseconds) => Ok(Timestamp(milliseconds)),
        Err(_) => Timestamp::parse_iso(text).map_err(|_| {
            ApiError::invalid("value must be a time in ISO 8601 or milliseconds since 1970")
        }),
    }
}

#[cfg(test)]
mod tests;
