//! The one place that decides how a refusal looks on the wire.
//!
//! Five clients read the body with five parsers, so its form is fixed: `Message` starts with
//! `ErrorCode:<Name>;` and has a text without semicolons behind it (Node and C# split there),
//! `errorCode` is the number (Java), the header `iothub-errorcode` repeats the name (C# compares
//! them), and `Content-Type` is always there (Node's own tests read it).

mod code;
mod from_lower;
mod tracking;

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::{HttpResponse, ResponseError};
use roost_model::ErrorCode;

pub(crate) use self::code::Code;
pub(crate) use self::tracking::Tracking;
use crate::dto::ErrorBody;

pub(crate) const ERROR_CODE_HEADER: HeaderName = HeaderName::from_static("iothub-errorcode");
pub(crate) const REQUEST_ID_HEADER: HeaderName = HeaderName::from_static("x-ms-request-id");
pub(crate) const JSON: &str = "application/json; charset=utf-8";

/// A refused request: what the client is told, and what the log says about it.
#[derive(Debug)]
pub(crate) struct ApiError {
    code: Code,
    /// For the client.
    text: String,
    /// For the log, when it says more than the client may know.
    reason: Option<String>,
    tracking: Tracking,
    allowed_methods: Option<String>,
}

impl ApiError {
    pub(crate) fn new(code: impl Into<Code>, text: impl Into<String>) -> Self {
        ApiError {
            code: code.into(),
            text: text.into(),
            reason: None,
            tracking: Tracking::new(),
            allowed_methods: None,
        }
    }

    /// Keeps `reason` for the log.
    pub(crate) fn because(mut self, reason: impl fmt::Display) -> Self {
        self.reason = Some(reason.to_string());
        self
    }

    /// A value that is not allowed.
    pub(crate) fn invalid(text: impl Into<String>) -> Self {
        ApiError::new(ErrorCode::ArgumentInvalid, text)
    }

    /// A value that is needed and not there.
    pub(crate) fn missing(text: impl Into<String>) -> Self {
        ApiError::new(ErrorCode::ArgumentNull, text)
    }

    /// A body that is not the document it should be.
    pub(crate) fn malformed(text: impl Into<String>) -> Self {
        ApiError::new(ErrorCode::DeserializationError, text)
    }

    pub(crate) fn method_not_allowed(allowed: String) -> Self {
        let text = format!("this path answers {allowed}");
        let mut error = ApiError::new(Code::METHOD_NOT_ALLOWED, text);
        error.allowed_methods = Some(allowed);
        error
    }

    /// Something that must not happen did; the client learns only the tracking id.
    pub(crate) fn internal(reason: impl fmt::Display) -> Self {
        ApiError::new(ErrorCode::ServerError, "the request failed inside the hub").because(reason)
    }

    pub(crate) fn code(&self) -> Code {
        self.code
    }

    /// For the client.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn tracking(&self) -> &Tracking {
        &self.tracking
    }

    pub(crate) fn body(&self) -> ErrorBody {
        let text = self.text.replace(';', ",");
        let text = if text.is_empty() {
            self.code.name
        } else {
            text.as_str()
        };
        ErrorBody {
            message: format!("ErrorCode:{};{text}", self.code.name),
            exception_message: self.tracking.to_string(),
            error_code: self.code.number,
        }
    }
}

/// The reason for the log.
impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason.as_deref().unwrap_or(&self.text))
    }
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        self.code.status()
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        response
            .insert_header((header::CONTENT_TYPE, HeaderValue::from_static(JSON)))
            .insert_header((ERROR_CODE_HEADER, HeaderValue::from_static(self.code.name)))
            .insert_header((REQUEST_ID_HEADER, self.tracking.id()));
        if let Some(allowed) = &self.allowed_methods {
            response.insert_header((header::ALLOW, allowed.as_str()));
        }
        response.body(self.body().to_json())
    }
}

#[cfg(test)]
mod tests;
