use roost_model::SequenceNumber;

use crate::call::Call;
use crate::dto::{CheckpointDocument, CheckpointRequest, ErrorBody};
use crate::error::{ApiError, Code};
use crate::routes::Answer;
use crate::{group, respond};

/// Reads how far a consumer group has come in a partition. Roost's own.
#[utoipa::path(get, tag = "events", operation_id = "getCheckpoint",
    path = "/messages/events/consumerGroups/{cg}/partitions/{p}/checkpoint",
    params(
        ("cg" = String, Path, description = "Name of the group, not case-sensitive"),
        ("p" = u16, Path, description = "Number of the partition, from 0")),
    responses(
        (status = 200, body = CheckpointDocument), (status = 400, body = ErrorBody),
        (status = 401, body = ErrorBody),
        (status = 404, description = "No such group, or it has no checkpoint", body = ErrorBody)))]
pub(crate) async fn get(call: Call) -> Answer {
    call.query()?.only(&[])?;
    let partition = call.partition()?;
    let name = group::existing(call.hub(), call.params.get("cg"))?;
    match call.hub().checkpoint(&name, partition).await? {
        Some(checkpoint) => {
            respond::document(&CheckpointDocument::new(&name, partition, &checkpoint))
        }
        None => {
            let text = format!("{name} has no checkpoint in partition {}", partition.get());
            Err(ApiError::new(Code::NOT_FOUND, text))
        }
    }
}

/// Sets how far a consumer group has come in a partition; it may go back. Roost's own.
#[utoipa::path(put, tag = "events", operation_id = "putCheckpoint",
    path = "/messages/events/consumerGroups/{cg}/partitions/{p}/checkpoint",
    params(
        ("cg" = String, Path, description = "Name of the group, not case-sensitive"),
        ("p" = u16, Path, description = "Number of the partition, from 0")),
    request_body = CheckpointRequest,
    responses(
        (status = 200, body = CheckpointDocument), (status = 400, body = ErrorBody),
        (status = 401, body = ErrorBody), (status = 404, body = ErrorBody)))]
pub(crate) async fn put(mut call: Call) -> Answer {
    call.query()?.only(&[])?;
    let partition = call.partition()?;
    let request: CheckpointRequest = call.json().await?;
    let Some(sequence) = request.sequence_number else {
        return Err(ApiError::missing("sequenceNumber is missing"));
    };
    let name = group::existing(call.hub(), call.params.get("cg"))?;
    let checkpoint = call
        .hub()
        .set_checkpoint(&name, partition, SequenceNumber(sequence))
        .await?;
    respond::document(&CheckpointDocument::new(&name, partition, &checkpoint))
}
