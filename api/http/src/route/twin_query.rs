use actix_web::HttpResponse;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use roost_actors::QueryExplanation;
use roost_model::limits::DEFAULT_QUERY_PAGE;

use crate::call::Call;
use crate::dto::{ErrorBody, QueryRequest};
use crate::error::{ApiError, JSON};
use crate::routes::Answer;

const MAX_ITEM_COUNT: &str = "x-ms-max-item-count";
const CONTINUATION: HeaderName = HeaderName::from_static("x-ms-continuation");
const ITEM_TYPE: HeaderName = HeaderName::from_static("x-ms-item-type");
/// Roost's own.
const PLAN: HeaderName = HeaderName::from_static("roost-query-plan");
/// Header values are visible ASCII; names in paths may be anything.
const UNPRINTABLE: &AsciiSet = &CONTROLS.add(b'%');

/// Queries twins of devices or modules. Beyond the service's language: ORDER BY, LIKE and TOP.
#[utoipa::path(post, path = "/devices/query", tag = "service",
    operation_id = "queryTwins",
    params(
        ("x-ms-max-item-count" = Option<u32>, Header, minimum = 1,
            description = "Rows of a page at most; 100 by default, and never more than the hub allows"),
        ("x-ms-continuation" = Option<String>, Header,
            description = "From the answer before: gives the next page of the same query")),
    request_body = QueryRequest,
    responses(
        (status = 200, description = "Rows: twins, or objects with a member for each column that \
            is defined", body = Vec<serde_json::Value>, headers(
            ("x-ms-item-type" = String, description = "`twin` for whole twins, else `raw`"),
            ("x-ms-continuation" = String, description = "Only if there is more"),
            ("roost-query-plan" = String,
                description = "Roost's own: how rows were found, and how many were looked at"))),
        (status = 400, body = ErrorBody,
            description = "Not a query; the text says which character is to blame"),
        (status = 401, body = ErrorBody), (status = 503, body = ErrorBody)))]
pub(crate) async fn post(mut call: Call) -> Answer {
    let limit = page_size(call.headers(), call.hub().limits().max_query_page)?;
    let continuation = text(call.headers(), &CONTINUATION)?;
    let QueryRequest { query } = call.json().await?;
    let query = query.ok_or_else(|| ApiError::missing("the body needs a query"))?;
    let page = call
        .hub()
        .query(&query, limit, continuation.as_deref())
        .await?;
    let mut response = HttpResponse::Ok();
    response
        .insert_header((header::CONTENT_TYPE, JSON))
        .insert_header((ITEM_TYPE, if page.twins { "twin" } else { "raw" }))
        .insert_header((PLAN, explained(&page.plan)));
    if let Some(token) = page.continuation {
        response.insert_header((CONTINUATION, token));
    }
    Ok(response.body(array(&page.rows)))
}

/// How many rows a page may have. Asking for more than the hub allows is asking for that.
fn page_size(headers: &HeaderMap, most: u32) -> Result<u32, ApiError> {
    let Some(text) = text(headers, &HeaderName::from_static(MAX_ITEM_COUNT))? else {
        return Ok(DEFAULT_QUERY_PAGE.min(most));
    };
    match text.trim().parse::<u32>() {
        Ok(count) if count > 0 => Ok(count.min(most)),
        _ => Err(ApiError::invalid(format!(
            "{MAX_ITEM_COUNT} must be a number from 1 on"
        ))),
    }
}

/// A header's text; an empty one counts as absent, as some SDKs send it so.
fn text(headers: &HeaderMap, name: &HeaderName) -> Result<Option<String>, ApiError> {
    let Some(value) = headers.get(name).filter(|value| !value.is_empty()) else {
        return Ok(None);
    };
    let text = value.to_str();
    let text = text.map_err(|_| ApiError::invalid(format!("{name} is not text")))?;
    Ok(Some(text.to_owned()))
}

fn explained(plan: &QueryExplanation) -> HeaderValue {
    let ways: Vec<_> = plan
        .plans
        .keys()
        .map(|plan| utf8_percent_encode(plan, UNPRINTABLE).to_string())
        .collect();
    let text = format!("{}; looked-at={}", ways.join(", "), plan.looked_at);
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("unprintable"))
}

/// Rows are JSON already.
fn array(rows: &[Vec<u8>]) -> Vec<u8> {
    let size = rows.iter().map(|row| row.len() + 1).sum::<usize>() + 2;
    let mut body = Vec::with_capacity(size);
    body.push(b'[');
    for (index, row) in rows.iter().enumerate() {
        if index > 0 {
            body.push(b',');
        }
        body.extend_from_slice(row);
    }
    body.push(b']');
    body
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(value: &'static str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let name = HeaderName::from_static(MAX_ITEM_COUNT);
        headers.insert(name, HeaderValue::from_static(value));
        headers
    }

    #[test]
    fn a_page_has_a_hundred_rows_or_as_many_as_asked_up_to_the_limit() {
        assert_eq!(page_size(&HeaderMap::new(), 1000).unwrap(), 100);
        assert_eq!(page_size(&HeaderMap::new(), 10).unwrap(), 10);
        assert_eq!(page_size(&headers(""), 1000).unwrap(), 100);
        assert_eq!(page_size(&headers("1000"), 1000).unwrap(), 1000);
        assert_eq!(page_size(&headers("1001"), 1000).unwrap(), 1000);
        for bad in ["0", "-1", "x", "4294967296"] {
            let error = page_size(&headers(bad), 1000).unwrap_err();
            assert_eq!(error.code().number, 400_004, "{bad}");
        }
    }

    #[test]
    fn rows_are_put_into_an_array_as_they_are() {
        assert_eq!(array(&[]), b"[]");
        let rows = [b"{\"a\":1}".to_vec(), b"{}".to_vec()];
        assert_eq!(array(&rows), b"[{\"a\":1},{}]");
    }

    #[test]
    fn a_plan_fits_into_a_header_whatever_paths_are_named() {
        let plan = QueryExplanation {
            plans: [("index tags.\u{e4}\n".to_owned(), 3)].into(),
            looked_at: 7,
        };
        assert_eq!(explained(&plan), "index tags.%C3%A4%0A; looked-at=7");
    }
}
