use actix_web::HttpResponse;
use actix_web::http::header;
use roost_actors::client::{EventPage, ReadFrom};
use roost_model::{ErrorCode, PartitionId};

use crate::call::Call;
use crate::dto::{ErrorBody, EventDocument, EventPageDocument};
use crate::error::ApiError;
use crate::reading::{self, Extent, Position, Reading, Start};
use crate::routes::Answer;
use crate::{group, headers, respond, sse};

/// Reads events of a partition. Roost's own, for back ends without AMQP.
///
/// A request with `Accept: text/event-stream` gets a stream of server-sent events instead of a
/// page: the id of each is its sequence number, its data an event as in a page; a comment comes
/// every 15 seconds when there is nothing else. `Last-Event-ID` resumes.
#[utoipa::path(get, path = "/messages/events/partitions/{p}", tag = "events",
    operation_id = "readEvents",
    params(
        ("p" = u16, Path, description = "Number of the partition, from 0"),
        ("from" = Option<Start>, Query, description = "Where to begin; `earliest` by default"),
        ("value" = Option<String>, Query, description = "For `offset`: events after it. For \
            `sequence`: events from it on. For `time`: events enqueued after it, ISO 8601 or \
            milliseconds since the Unix epoch"),
        ("consumerGroup" = Option<String>, Query,
            description = "Whose checkpoint `from=checkpoint` is; `$Default` by default"),
        ("max" = Option<u64>, Query, minimum = 1, maximum = 1000,
            description = "At most so many events in a page; 100 by default"),
        ("wait" = Option<u64>, Query, maximum = 60,
            description = "Seconds to wait for an event when there is none; 0 by default"),
        ("Last-Event-ID" = Option<u64>, Header,
            description = "For streams: go on after this event, whatever the query says")),
    responses(
        (status = 200, content((EventPageDocument = "application/json"),
            (EventDocument = "text/event-stream"))),
        (status = 400, body = ErrorBody), (status = 401, body = ErrorBody),
        (status = 404, body = ErrorBody), (status = 503, body = ErrorBody)))]
pub(crate) async fn get(call: Call) -> Answer {
    let partition = call.partition()?;
    let mut reading = Reading::parse(&call.query()?)?;
    reading.group = group::existing(call.hub(), &reading.group)?;
    if headers::wants_event_stream(call.headers()) {
        stream(&call, partition, &reading).await
    } else {
        page(&call, partition, &reading).await
    }
}

async fn page(call: &Call, partition: PartitionId, reading: &Reading) -> Answer {
    let from = reading::resolve(call.hub(), partition, reading).await?;
    let (max, wait) = (reading.max, reading.wait);
    let read = reading::read(call.hub(), partition, from, max, wait, Extent::Acknowledged);
    let page = tokio::select! {
        page = read => page?,
        () = call.shutdown().cancelled() => {
            let text = "this node is shutting down";
            return Err(ApiError::new(ErrorCode::ServiceUnavailable, text));
        }
    };
    let EventPage { events, next, .. } = page;
    let events = events
        .iter()
        .map(|event| EventDocument::new(partition, event).map_err(ApiError::internal))
        .collect::<Result<_, _>>()?;
    respond::document(&EventPageDocument {
        partition: partition.get(),
        events,
        next_sequence_number: next.get(),
        next: reading.next_page(partition, next),
    })
}

async fn stream(call: &Call, partition: PartitionId, reading: &Reading) -> Answer {
    let from = match headers::last_event_id(call.headers())? {
        Some(sequence) => ReadFrom::After(sequence),
        // A place, so that an interruption before the first event skips nothing.
        None if reading.position == Position::Latest => {
            ReadFrom::Sequence(call.hub().partition_info(partition).await?.next_sequence)
        }
        None => reading::resolve(call.hub(), partition, reading).await?,
    };
    let caller = (call.edge().clone(), call.principal.clone());
    let events = sse::EventSource::new(
        call.hub().clone(),
        caller,
        partition,
        from,
        reading.max,
        call.shutdown().clone(),
    );
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/event-stream; charset=utf-8"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .streaming(events.into_stream()))
}
