use std::time::Instant;

use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{HttpMessage, HttpRequest, ResponseError};

use crate::dispatch::RouteLabel;
use crate::error::{ApiError, Code};
use crate::headers::peer;
use crate::metrics;

/// Marks an answer whose error status is its content, not a refusal.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Expected;

/// Around every request: counts it, logs a refusal, and gives a refusal that the framework itself
/// made (and that no client could read) the form of all others.
pub(crate) async fn observe<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B, BoxBody>>, actix_web::Error> {
    let started = Instant::now();
    let response = next.call(request).await?;
    let status = response.status();
    metrics::answered(
        label(response.request()),
        method(response.request().method()),
        status.as_u16(),
        started.elapsed(),
    );
    let is_refusal = status.is_client_error() || status.is_server_error();
    if !is_refusal || response.response().extensions().contains::<Expected>() {
        return Ok(response.map_into_left_body());
    }
    if let Some(error) = response
        .response()
        .error()
        .and_then(|e| e.as_error::<ApiError>())
    {
        log(response.request(), status, error);
        return Ok(response.map_into_left_body());
    }
    let reason = response
        .response()
        .error()
        .map(ToString::to_string)
        .unwrap_or_default();
    let text = status
        .canonical_reason()
        .unwrap_or("the request was refused");
    let error = ApiError::new(Code::of_status(status), text).because(reason);
    log(response.request(), status, &error);
    Ok(response
        .into_response(error.error_response())
        .map_into_right_body())
}

fn log(request: &HttpRequest, status: StatusCode, error: &ApiError) {
    let (peer, method, path) = (peer(request), request.method(), request.path());
    let (code, tracking) = (error.code().number, error.tracking().id());
    if status.is_server_error() {
        tracing::warn!(peer, %method, path, code, tracking, reason = %error, "request failed");
    } else {
        tracing::info!(peer, %method, path, code, tracking, reason = %error, "request refused");
    }
}

fn label(request: &HttpRequest) -> &'static str {
    request
        .extensions()
        .get::<RouteLabel>()
        .map_or("unknown", |label| label.0)
}

/// A client can invent methods; the label's values must stay few.
fn method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::PUT => "PUT",
        Method::POST => "POST",
        Method::DELETE => "DELETE",
        Method::PATCH => "PATCH",
        _ => "other",
    }
}
