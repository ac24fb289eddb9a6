use actix_web::http::StatusCode;
use roost_model::limits::DEFAULT_CONSUMER_GROUP;

use crate::call::Call;
use crate::dto::{ConsumerGroupDocument, ErrorBody};
use crate::error::{ApiError, Code};
use crate::routes::Answer;
use crate::{group, respond};

/// Tells whether a consumer group exists. Roost's own.
#[utoipa::path(get, path = "/messages/events/consumerGroups/{cg}", tag = "events",
    operation_id = "getConsumerGroup",
    params(("cg" = String, Path, description = "Name of the group, not case-sensitive")),
    responses(
        (status = 200, body = ConsumerGroupDocument), (status = 400, body = ErrorBody),
        (status = 401, body = ErrorBody), (status = 404, body = ErrorBody)))]
pub(crate) async fn get(call: Call) -> Answer {
    call.query()?.only(&[])?;
    let name = group::existing(call.hub(), call.params.get("cg"))?;
    respond::document(&ConsumerGroupDocument { name })
}

/// Creates a consumer group, or leaves the one that is there. Roost's own.
#[utoipa::path(put, path = "/messages/events/consumerGroups/{cg}", tag = "events",
    operation_id = "putConsumerGroup",
    params(("cg" = String, Path, description = "Name of the group, not case-sensitive")),
    responses(
        (status = 200, description = "It is there already", body = ConsumerGroupDocument),
        (status = 201, description = "Created", body = ConsumerGroupDocument),
        (status = 400, body = ErrorBody), (status = 401, body = ErrorBody)))]
pub(crate) async fn put(call: Call) -> Answer {
    call.query()?.only(&[])?;
    let name = call.params.get("cg");
    match group::existing(call.hub(), name) {
        Ok(name) => return respond::document(&ConsumerGroupDocument { name }),
        Err(error) if error.code() == Code::NOT_FOUND => {}
        Err(error) => return Err(error),
    }
    group::check_name(name)?;
    call.hub().create_consumer_group(name).await?;
    let document = ConsumerGroupDocument {
        name: name.to_owned(),
    };
    respond::with_status(StatusCode::CREATED, &document)
}

/// Deletes a consumer group with its checkpoints. Roost's own.
#[utoipa::path(delete, path = "/messages/events/consumerGroups/{cg}", tag = "events",
    operation_id = "deleteConsumerGroup",
    params(("cg" = String, Path, description = "Name of the group, not case-sensitive")),
    responses(
        (status = 204), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody),
        (status = 404, body = ErrorBody)))]
pub(crate) async fn delete(call: Call) -> Answer {
    call.query()?.only(&[])?;
    let name = group::existing(call.hub(), call.params.get("cg"))?;
    if name == DEFAULT_CONSUMER_GROUP {
        return Err(ApiError::invalid(format!("{name} cannot be deleted")));
    }
    call.hub().delete_consumer_group(&name).await?;
    respond::nothing()
}
