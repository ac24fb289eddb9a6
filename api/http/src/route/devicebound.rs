use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::{HttpMessage, HttpResponse};
use roost_edge::{QueueRequest, Receive, Settle};
use roost_model::limits::DEVICEBOUND_LOCK_RANGE;
use roost_model::{LockToken, Settlement};

use crate::call::Call;
use crate::dto::{EnqueuedDocument, ErrorBody, RawBody};
use crate::error::ApiError;
use crate::message::{
    BATCH_CONTENT_TYPE, BatchItem, describe, parse_devicebound, parse_devicebound_item,
};
use crate::routes::Answer;
use crate::{certificate, headers, respond};

/// The time for which a device wants to hold a message: a header or a query parameter.
const HOLD: &str = "iothub-messagelocktimeout";

/// Sends a message to a device. Roost's own, for back ends without AMQP.
///
/// The body is the message; its properties are headers, as those of messages that devices send, with
/// `iothub-ack` (`none`, `positive`, `negative` or `full`) and `iothub-expiry` (ISO 8601). A batch of
/// one message keeps the case of property names. 201 means that the message is durable on a
/// majority, not that it is delivered.
#[utoipa::path(post, path = "/devices/{id}/messages/devicebound", tag = "service",
    operation_id = "sendDeviceMessage",
    params(
        ("id" = String, Path, description = "Device id, case-sensitive"),
        ("iothub-ack" = Option<String>, Header, description = "For which outcomes a record of \
            feedback is kept: `none` (default), `positive`, `negative`, `full`"),
        ("iothub-expiry" = Option<String>, Header, description = "When the message expires; \
            after an hour by default"),
        ("iothub-messageid" = Option<String>, Header, description = "What feedback calls the \
            message; at most 128 characters")),
    request_body(content(
        (RawBody = "application/octet-stream"),
        (Vec<BatchItem> = "application/vnd.microsoft.iothub.json"))),
    responses(
        (status = 201, body = EnqueuedDocument), (status = 400, body = ErrorBody),
        (status = 401, body = ErrorBody),
        (status = 403, description = "As many messages wait as may (403004), or this one is to \
            wait longer than it may (403009)", body = ErrorBody),
        (status = 404, body = ErrorBody), (status = 413, body = ErrorBody)))]
pub(crate) async fn post(mut call: Call) -> Answer {
    let identity = call.device()?;
    let body = call.body().await?;
    let content_type = call.request.content_type();
    let draft = if content_type.eq_ignore_ascii_case(BATCH_CONTENT_TYPE) {
        parse_devicebound_item(call.headers(), &body)?
    } else {
        parse_devicebound(call.headers(), body)?
    };
    let enqueued = call.hub().enqueue(&identity, draft).await?;
    let document = EnqueuedDocument::from(&enqueued);
    respond::with_status(StatusCode::CREATED, &document)
}

/// Receives the next message as a device, and locks it.
///
/// `ETag` is the token, in quotes, with which the device settles the message; until then, or until
/// the lock runs out, nobody else gets it.
#[utoipa::path(get, path = "/devices/{id}/messages/devicebound", tag = "device",
    operation_id = "receiveDeviceMessage",
    params(
        ("id" = String, Path, description = "Device id, case-sensitive"),
        ("iothub-messagelocktimeout" = Option<u32>, Query, minimum = 1, maximum = 300,
            description = "Seconds for which the message is locked; 60 by default. Also a header")),
    responses(
        (status = 200, content((RawBody = "application/octet-stream")), headers(("ETag" = String))),
        (status = 204, description = "No message waits"), (status = 400, body = ErrorBody),
        (status = 401, body = ErrorBody), (status = 403, body = ErrorBody),
        (status = 404, body = ErrorBody)))]
pub(crate) async fn get(call: Call) -> Answer {
    let hold = hold(&call)?;
    let request = request(&call, Receive(hold))?;
    let identity = request.identity.clone();
    match call.edge().receive(request).await? {
        None => respond::nothing(),
        Some(message) => {
            let mut response = HttpResponse::Ok();
            describe(&mut response, &identity, &message);
            response.content_type("application/octet-stream");
            Ok(response.body(message.content.body))
        }
    }
}

/// Completes a message that the device holds, or rejects it.
#[utoipa::path(delete, path = "/devices/{id}/messages/devicebound/{lock}", tag = "device",
    operation_id = "settleDeviceMessage",
    params(
        ("id" = String, Path, description = "Device id, case-sensitive"),
        ("lock" = String, Path, description = "The token from `ETag`"),
        ("reject" = Option<String>, Query, description = "Present with any value but `false`: \
            the message becomes a dead letter")),
    responses(
        (status = 204), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody),
        (status = 404, body = ErrorBody),
        (status = 412, description = "The device does not, or no longer, hold the message",
            body = ErrorBody)))]
pub(crate) async fn delete(call: Call) -> Answer {
    let rejects = call.query()?.get("reject")?.map(str::to_owned);
    let how = match rejects {
        Some(value) if !value.eq_ignore_ascii_case("false") => Settlement::Reject,
        _ => Settlement::Complete,
    };
    settle(call, how).await
}

/// Gives a message back: it is delivered again.
#[utoipa::path(post, path = "/devices/{id}/messages/devicebound/{lock}/abandon", tag = "device",
    operation_id = "abandonDeviceMessage",
    params(
        ("id" = String, Path, description = "Device id, case-sensitive"),
        ("lock" = String, Path, description = "The token from `ETag`")),
    responses(
        (status = 204), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody),
        (status = 404, body = ErrorBody), (status = 412, body = ErrorBody)))]
pub(crate) async fn abandon(call: Call) -> Answer {
    settle(call, Settlement::Abandon).await
}

async fn settle(call: Call, how: Settlement) -> Answer {
    let lock = lock(&call)?;
    let request = request(&call, Settle { lock, how })?;
    call.edge().settle(request).await?;
    respond::nothing()
}

/// The parameter `{lock}` of the path.
pub(super) fn lock(call: &Call) -> Result<LockToken, ApiError> {
    let text = call.params.get("lock");
    text.parse()
        .map_err(|_| ApiError::invalid("the lock token in the path is none"))
}

fn request<W>(call: &Call, what: W) -> Result<QueueRequest<W>, ApiError> {
    Ok(QueueRequest {
        identity: call.device()?,
        host: headers::host(&call.request),
        credential: certificate::credential(&call.request)?,
        what,
    })
}

fn hold(call: &Call) -> Result<Option<Duration>, ApiError> {
    let (least, most) = DEVICEBOUND_LOCK_RANGE;
    let query = call.query()?;
    let header = call.headers().get(HOLD);
    let header = header.map(|value| value.to_str().unwrap_or_default());
    let Some(text) = query.get(HOLD)?.or(header) else {
        return Ok(None);
    };
    match text.trim().parse::<u32>() {
        Ok(seconds) if (least..=most).contains(&seconds) => {
            Ok(Some(Duration::from_secs(seconds.into())))
        }
        _ => Err(ApiError::invalid(format!(
            "{HOLD} must be a whole number of seconds from {least} to {most}"
        ))),
    }
}
