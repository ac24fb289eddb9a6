use futures::{StreamExt, TryStreamExt, stream};
use roost_model::PartitionId;

use crate::call::Call;
use crate::dto::{ErrorBody, EventStreamDocument, PartitionDocument};
use crate::respond;
use crate::routes::Answer;

/// Partitions that are asked at the same time.
const CONCURRENCY: usize = 16;

/// Shows the partitions of the event stream and its consumer groups. Roost's own.
#[utoipa::path(get, path = "/messages/events", tag = "events", operation_id = "getEventStream",
    responses(
        (status = 200, body = EventStreamDocument), (status = 400, body = ErrorBody),
        (status = 401, body = ErrorBody), (status = 503, body = ErrorBody)))]
pub(crate) async fn get(call: Call) -> Answer {
    call.query()?.only(&[])?;
    let hub = call.hub();
    let partitions = stream::iter((0..hub.partition_count()).map(PartitionId))
        .map(|partition| async move {
            let info = hub.partition_info(partition).await?;
            Ok::<_, crate::error::ApiError>(PartitionDocument::new(partition, &info))
        })
        .buffered(CONCURRENCY)
        .try_collect()
        .await?;
    respond::document(&EventStreamDocument {
        hub: call.edge().hub().to_string(),
        partition_count: hub.partition_count(),
        partitions,
        consumer_groups: hub.consumer_groups(),
    })
}
