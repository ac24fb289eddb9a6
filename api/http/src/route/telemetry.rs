use actix_web::HttpMessage;
use roost_edge::SendRequest;
use roost_model::{Event, Identity};

use crate::call::Call;
use crate::dto::{ErrorBody, RawBody};
use crate::error::ApiError;
use crate::message::{BATCH_CONTENT_TYPE, BatchItem, parse_batch, parse_single};
use crate::routes::Answer;
use crate::{certificate, headers, respond};

/// Sends a message, or a batch of them, as a device.
///
/// The body is the message; its properties are headers (`iothub-messageid`, `iothub-correlationid`,
/// `iothub-userid`, `iothub-contenttype`, `iothub-contentencoding`, `iothub-app-<name>`, others).
/// With the content type of a batch all messages are stored or none. 204 means that they are
/// durable on a majority.
#[utoipa::path(post, path = "/devices/{id}/messages/events", tag = "device",
    operation_id = "sendDeviceEvents",
    params(("id" = String, Path, description = "Device id, case-sensitive")),
    request_body(content(
        (RawBody = "application/octet-stream"),
        (Vec<BatchItem> = "application/vnd.microsoft.iothub.json"))),
    responses(
        (status = 204), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody),
        (status = 403, body = ErrorBody), (status = 404, body = ErrorBody),
        (status = 413, body = ErrorBody), (status = 415, body = ErrorBody),
        (status = 429, body = ErrorBody)))]
pub(crate) async fn post_device(call: Call) -> Answer {
    let identity = call.device()?;
    post(call, identity).await
}

/// Sends a message, or a batch of them, as a module.
#[utoipa::path(post, path = "/devices/{id}/modules/{mid}/messages/events", tag = "device",
    operation_id = "sendModuleEvents",
    params(
        ("id" = String, Path, description = "Device id, case-sensitive"),
        ("mid" = String, Path, description = "Module id, case-sensitive")),
    request_body(content(
        (RawBody = "application/octet-stream"),
        (Vec<BatchItem> = "application/vnd.microsoft.iothub.json"))),
    responses(
        (status = 204), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody),
        (status = 403, body = ErrorBody), (status = 404, body = ErrorBody),
        (status = 413, body = ErrorBody), (status = 415, body = ErrorBody),
        (status = 429, body = ErrorBody)))]
pub(crate) async fn post_module(call: Call) -> Answer {
    let identity = call.module()?;
    post(call, identity).await
}

async fn post(mut call: Call, identity: Identity) -> Answer {
    let events = events(&mut call).await?;
    let credential = certificate::credential(&call.request)?;
    let request = SendRequest {
        identity,
        host: headers::host(&call.request),
        credential,
        peer: headers::peer(&call.request),
        events,
    };
    call.edge().send_once(request).await?;
    respond::nothing()
}

async fn events(call: &mut Call) -> Result<Vec<Event>, ApiError> {
    let body = call.body().await?;
    let limits = call.edge().limits();
    if call
        .request
        .content_type()
        .eq_ignore_ascii_case(BATCH_CONTENT_TYPE)
    {
        parse_batch(&body, limits)
    } else {
        Ok(vec![parse_single(call.headers(), body, limits)?])
    }
}
