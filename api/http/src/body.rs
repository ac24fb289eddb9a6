use std::time::Duration;

use actix_web::http::header;
use actix_web::web::{self, Bytes};
use actix_web::{HttpMessage, HttpRequest};
use roost_model::ErrorCode;
use serde::de::DeserializeOwned;

use crate::error::ApiError;

/// The limits on one request's body.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BodyLimits {
    /// Bytes.
    pub(crate) size: usize,
    /// From the head of the request to the end of its body.
    pub(crate) time: Duration,
}

/// Reads the whole body.
///
/// Errors: MessageTooLarge (before reading when the length is declared), RequestTimedOut,
/// unsupported media type for a compressed body.
pub(crate) async fn read(
    request: &HttpRequest,
    payload: web::Payload,
    limits: BodyLimits,
) -> Result<Bytes, ApiError> {
    refuse_compressed(request)?;
    let too_large = || {
        let text = format!("the body is larger than {} bytes", limits.size);
        ApiError::new(ErrorCode::MessageTooLarge, text)
    };
    if declared_length(request).is_some_and(|length| length > limits.size) {
        return Err(too_large());
    }
    match tokio::time::timeout(limits.time, payload.to_bytes_limited(limits.size)).await {
        Ok(Ok(Ok(body))) => Ok(body),
        Ok(Ok(Err(error))) => Err(ApiError::invalid("the body ended early").because(error)),
        Ok(Err(_)) => Err(too_large()),
        Err(_) => Err(ApiError::new(
            ErrorCode::RequestTimedOut,
            "the body took too long",
        )),
    }
}

/// Reads the body as a JSON document. A request without `Content-Type` is taken at its word.
///
/// Errors: as [`read`]; unsupported media type, ArgumentNull for no body, DeserializationError.
pub(crate) async fn read_json<T: DeserializeOwned>(
    request: &HttpRequest,
    payload: web::Payload,
    limits: BodyLimits,
) -> Result<T, ApiError> {
    let content_type = request.content_type().to_ascii_lowercase();
    let is_json = matches!(content_type.as_str(), "" | "application/json" | "text/json")
        || content_type.ends_with("+json");
    if !is_json {
        return Err(unsupported(format!(
            "the body must be application/json, not {content_type}"
        )));
    }
    let body = read(request, payload, limits).await?;
    if body.is_empty() {
        return Err(ApiError::missing("the request needs a body"));
    }
    serde_json::from_slice(&body)
        .map_err(|error| ApiError::malformed(format!("the body cannot be read: {error}")))
}

/// Errors: unsupported media type for a compressed body.
pub(crate) fn refuse_compressed(request: &HttpRequest) -> Result<(), ApiError> {
    match request.headers().get(header::CONTENT_ENCODING) {
        Some(encoding) if !encoding.as_bytes().eq_ignore_ascii_case(b"identity") => Err(
            unsupported("a body with Content-Encoding is not taken".to_owned()),
        ),
        _ => Ok(()),
    }
}

fn declared_length(request: &HttpRequest) -> Option<usize> {
    request
        .headers()
        .get(header::CONTENT_LENGTH)?
        .to_str()
        .ok()?
        .parse()
        .ok()
}

fn unsupported(text: String) -> ApiError {
    ApiError::new(ErrorCode::GenericUnsupportedMediaType, text)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use actix_web::test::TestRequest;
    use actix_web::web::{self, Bytes};
    use actix_web::{FromRequest, HttpRequest, dev};
    use serde_json::Value;

    use super::{BodyLimits, read, read_json};

    const LIMITS: BodyLimits = BodyLimits {
        size: 16,
        time: Duration::from_secs(60),
    };

    async fn parts(request: TestRequest) -> (HttpRequest, web::Payload) {
        let (request, mut payload) = request.to_http_parts();
        let payload = web::Payload::from_request(&request, &mut payload)
            .await
            .unwrap();
        (request, payload)
    }

    async fn json_code(request: TestRequest) -> u32 {
        let (request, payload) = parts(request).await;
        read_json::<Value>(&request, payload, LIMITS)
            .await
            .unwrap_err()
            .code()
            .number
    }

    #[actix_web::test]
    async fn a_body_up_to_the_limit_is_read() {
        let (request, payload) = parts(TestRequest::put().set_payload("0123456789abcdef")).await;
        assert_eq!(
            read(&request, payload, LIMITS).await.unwrap(),
            "0123456789abcdef"
        );
    }

    #[actix_web::test]
    async fn a_longer_body_is_413_declared_or_not() {
        let declared = TestRequest::put().insert_header(("content-length", "17"));
        let chunked = TestRequest::put().set_payload("0123456789abcdefg");
        for request in [declared, chunked] {
            let (request, payload) = parts(request).await;
            let error = read(&request, payload, LIMITS).await.unwrap_err();
            assert_eq!(error.code().number, 413_001);
        }
    }

    #[actix_web::test]
    async fn a_body_that_does_not_come_is_given_up() {
        let request = TestRequest::put().to_http_request();
        let never = futures::stream::pending::<Result<Bytes, actix_web::error::PayloadError>>();
        let mut payload: dev::Payload = dev::Payload::Stream {
            payload: Box::pin(never),
        };
        let payload = web::Payload::from_request(&request, &mut payload)
            .await
            .unwrap();
        let limits = BodyLimits {
            size: 16,
            time: Duration::from_millis(1),
        };
        let error = read(&request, payload, limits).await.unwrap_err();
        assert_eq!(error.code().number, 400_024);
    }

    #[actix_web::test]
    async fn what_is_not_json_is_told_apart() {
        let put = TestRequest::put;
        let form = put().insert_header(("content-type", "application/x-www-form-urlencoded"));
        assert_eq!(json_code(form.set_payload("{}")).await, 415_000);
        let gzip = put().insert_header(("content-encoding", "gzip"));
        assert_eq!(json_code(gzip.set_payload("{}")).await, 415_000);
        assert_eq!(json_code(put()).await, 400_005);
        assert_eq!(json_code(put().set_payload("{")).await, 400_012);
    }

    #[actix_web::test]
    async fn json_needs_no_content_type_and_may_name_its_charset() {
        let charset = ("content-type", "application/json; charset=utf-8");
        for request in [
            TestRequest::put(),
            TestRequest::put().insert_header(charset),
        ] {
            let (request, payload) = parts(request.set_payload(r#"{"a":1}"#)).await;
            let document: Value = read_json(&request, payload, LIMITS).await.unwrap();
            assert_eq!(document["a"], 1);
        }
    }
}
