use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header;
use serde::Serialize;

use crate::error::{ApiError, JSON};
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

/// 204.
pub(crate) fn nothing() -> Answer {
    Ok(HttpResponse::NoContent().finish())
}
