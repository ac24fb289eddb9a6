use actix_web::HttpResponse;
use actix_web::http::header;
use roost_model::Settlement;

use super::devicebound::lock;
use crate::call::Call;
use crate::dto::{ErrorBody, FeedbackDocument};
use crate::error::ApiError;
use crate::respond;
use crate::routes::Answer;

const CONTENT_TYPE: &str = "application/vnd.microsoft.iothub.feedback.json";

/// Receives the next batch of feedback about messages to devices, and locks it.
///
/// `ETag` is the token, in quotes, with which the batch is settled. A batch has up to 64 records, and
/// is ready when it is full or its oldest record has waited for 15 seconds.
#[utoipa::path(get, path = "/messages/serviceBound/feedback", tag = "service",
    operation_id = "receiveFeedback",
    responses(
        (status = 200, content((Vec<FeedbackDocument> =
            "application/vnd.microsoft.iothub.feedback.json")), headers(("ETag" = String))),
        (status = 204, description = "There is none"), (status = 401, body = ErrorBody)))]
pub(crate) async fn get(call: Call) -> Answer {
    let Some(feedback) = call.hub().receive_feedback().await? else {
        return respond::nothing();
    };
    let records: Vec<_> = feedback
        .batch
        .records
        .iter()
        .map(FeedbackDocument::from)
        .collect();
    let body = serde_json::to_vec(&records).map_err(ApiError::internal)?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, CONTENT_TYPE))
        .insert_header((header::ETAG, format!("\"{}\"", feedback.lock)))
        .insert_header(("iothub-userid", call.edge().hub().to_string()))
        .insert_header(("iothub-enqueuedtime", feedback.batch.at.to_iso()))
        .insert_header((
            "iothub-deliverycount",
            feedback.batch.delivery_count.to_string(),
        ))
        .body(body))
}

/// Completes a batch of feedback: its records are done with.
#[utoipa::path(delete, path = "/messages/serviceBound/feedback/{lock}", tag = "service",
    operation_id = "completeFeedback",
    params(("lock" = String, Path, description = "The token from `ETag`")),
    responses(
        (status = 204), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody),
        (status = 412, description = "The batch is not, or no longer, locked under the token",
            body = ErrorBody)))]
pub(crate) async fn delete(call: Call) -> Answer {
    settle(&call, Settlement::Complete).await
}

/// Gives a batch of feedback back: it can be received again.
#[utoipa::path(post, path = "/messages/serviceBound/feedback/{lock}/abandon", tag = "service",
    operation_id = "abandonFeedback",
    params(("lock" = String, Path, description = "The token from `ETag`")),
    responses(
        (status = 204), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody),
        (status = 412, body = ErrorBody)))]
pub(crate) async fn abandon(call: Call) -> Answer {
    settle(&call, Settlement::Abandon).await
}

async fn settle(call: &Call, how: Settlement) -> Answer {
    let lock = lock(call)?;
    call.hub().settle_feedback(lock, how).await?;
    respond::nothing()
}
