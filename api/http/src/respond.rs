use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header;
use serde::Serialize;

use crate::error::{ApiError, ERROR_CODE_HEADER, JSON, REQUEST_ID_HEADER};
use crate::observe::Expected;
use crate::routes::Answer;

/// 200 with a document.
pub(crate) fn document(document: &impl Serialize) -> Answer {
    with_status(StatusCode::OK, document)
}

/// A document with its entity tag, in quotes, as header.
pub(crate) fn tagged(status: StatusCode, etag: &str, document: &impl Serialize) -> Answer {
    let mut response = with_status(status, document)?;
    let value =
        header::HeaderValue::from_str(&format!("\"{etag}\"")).map_err(ApiError::internal)?;
    response.headers_mut().insert(header::ETAG, value);
    Ok(response)
}

pub(crate) fn with_status(status: StatusCode, document: &impl Serialize) -> Answer {
    let body = serde_json::to_vec(document).map_err(ApiError::internal)?;
    Ok(HttpResponse::build(status)
        .insert_header((header::CONTENT_TYPE, JSON))
        .body(body))
}

/// A refusal whose body says more than an error does.
pub(crate) fn refusal(status: StatusCode, error: &ApiError, document: &impl Serialize) -> Answer {
    let mut response = with_status(status, document)?;
    let headers = response.headers_mut();
    let name = header::HeaderValue::from_static(error.code().name);
    headers.insert(ERROR_CODE_HEADER, name);
    let id = header::HeaderValue::from_str(&error.tracking().id()).map_err(ApiError::internal)?;
    headers.insert(REQUEST_ID_HEADER, id);
    response.extensions_mut().insert(Expected);
    Ok(response)
}

/// 304: the client has this very version.
pub(crate) fn not_modified(etag: &str) -> Answer {
    let tag = (header::ETAG, format!("\"{etag}\""));
    Ok(HttpResponse::NotModified().insert_header(tag).finish())
}

/// 204.
pub(crate) fn nothing() -> Answer {
    Ok(HttpResponse::NoContent().finish())
}
