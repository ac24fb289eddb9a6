//! Queries: how long, how deep, how many columns and keys, and how many rows of a page.

use reqwest::{Method, RequestBuilder};
use roost_model::ErrorCode;
use roost_model::limits::{
    DEFAULT_QUERY_PAGE, MAX_QUERY_CHARS, MAX_QUERY_COLUMNS, MAX_QUERY_DEPTH, MAX_QUERY_KEYS,
};
use serde_json::{Value, json};

use super::{ask, taken};
use crate::fixture::refused;

fn query(text: &str) -> RequestBuilder {
    ask(Method::POST, "/devices/query", &json!({ "query": text }))
}

#[tokio::test]
async fn a_query_is_as_long_deep_and_wide_as_it_may_be_and_no_more() {
    let long = |chars: usize| {
        let start = "SELECT * FROM devices WHERE tags.limits = '";
        format!("{start}{}'", "x".repeat(chars - start.len() - 1))
    };
    // The condition itself, and the path, are a level each.
    let deep = |levels: usize| {
        let (open, close) = ("(".repeat(levels - 1), ")".repeat(levels - 1));
        format!("SELECT * FROM devices WHERE {open}tags.limits{close}")
    };
    let names = |count: usize| {
        let names = (0..count).map(|number| format!("tags.n{number}"));
        names.collect::<Vec<_>>().join(", ")
    };
    let columns = |count: usize| {
        let (names, limited) = (names(count), "WHERE tags.limits = 1");
        format!("SELECT {names} FROM devices {limited}")
    };
    let groups = |count| format!("SELECT COUNT() FROM devices GROUP BY {}", names(count));
    let order = |count| {
        let keys = names(count);
        format!("SELECT * FROM devices WHERE tags.limits = 1 ORDER BY {keys}")
    };
    for (what, text, most) in [
        (
            "characters",
            &long as &dyn Fn(usize) -> String,
            MAX_QUERY_CHARS,
        ),
        ("levels", &deep as &dyn Fn(usize) -> String, MAX_QUERY_DEPTH),
        (
            "columns",
            &columns as &dyn Fn(usize) -> String,
            MAX_QUERY_COLUMNS,
        ),
        (
            "paths to group by",
            &groups as &dyn Fn(usize) -> String,
            MAX_QUERY_KEYS,
        ),
        (
            "keys to order by",
            &order as &dyn Fn(usize) -> String,
            MAX_QUERY_KEYS,
        ),
    ] {
        taken(what, query(&text(most))).await;
        let past = query(&text(most + 1));
        refused(what, past, ErrorCode::ArgumentInvalid).await;
    }
}

#[tokio::test]
async fn a_page_has_a_hundred_rows_unless_asked_for_otherwise() {
    let devices: Vec<Value> = (0..=DEFAULT_QUERY_PAGE)
        .map(
            |number| json!({ "id": format!("limits-page-{number}"), "tags": { "page": "limits" } }),
        )
        .collect();
    for part in devices.chunks(100) {
        taken("devices", ask(Method::POST, "/devices", &json!(part))).await;
    }
    let text = "SELECT deviceId FROM devices WHERE tags.page = 'limits'";
    let first = query(text).send().await.unwrap();
    assert_eq!(first.status(), 200);
    let continuation = first.headers()["x-ms-continuation"].clone();
    let rows: Vec<Value> = first.json().await.unwrap();
    assert_eq!(rows.len(), DEFAULT_QUERY_PAGE as usize);
    let rest = query(text).header("x-ms-continuation", continuation);
    let rest = rest.send().await.unwrap();
    assert!(rest.headers().get("x-ms-continuation").is_none());
    let rows: Vec<Value> = rest.json().await.unwrap();
    assert_eq!(rows.len(), 1);
    let more = (DEFAULT_QUERY_PAGE + 1).to_string();
    let all = query(text).header("x-ms-max-item-count", more);
    let rows = taken("all at once", all).await;
    assert_eq!(rows.as_array().unwrap().len(), devices.len());
}
