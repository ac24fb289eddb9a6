//! How many identities a hub has, and how many rows an answer.

use reqwest::Method;
use roost_model::{ErrorCode, Limits};
use serde_json::{Value, json};

use super::taken;
use crate::fixture::{OwnHub, refused};

#[tokio::test]
async fn a_hub_has_as_many_devices_and_modules_as_it_may_over_all_partitions() {
    let limits = Limits {
        max_identities: 12,
        ..Limits::default()
    };
    let hub = OwnHub::limited("identities", 2, &limits).await;
    let put = |path: &str| hub.request(Method::PUT, path).json(&json!({}));
    for number in 0..11 {
        taken("a device", put(&format!("/devices/d{number}"))).await;
    }
    taken("a module", put("/devices/d0/modules/m")).await;

    let full = ErrorCode::TooManyDevices;
    for number in 0..8 {
        // Wherever they would live.
        refused("a device", put(&format!("/devices/more-{number}")), full).await;
    }
    refused("a module", put("/devices/d1/modules/m"), full).await;
    let bulk =
        json!([{ "id": "more-9", "importMode": "create" }, { "id": "d2", "status": "disabled" }]);
    let bulk = hub.request(Method::POST, "/devices").json(&bulk);
    let result: Value = bulk.send().await.unwrap().json().await.unwrap();
    let errors = result["errors"].as_array().unwrap();
    assert_eq!(errors.len(), 1, "what is there can be changed: {result}");
    assert_eq!(errors[0]["errorCode"], full.name());
    let statistics = hub.call(Method::GET, "/statistics/devices", None).await;
    assert_eq!(statistics["totalDeviceCount"], 11);

    taken("less", hub.request(Method::DELETE, "/devices/d5")).await;
    taken("one in its place", put("/devices/other")).await;
    refused("one more", put("/devices/another"), full).await;
}

#[tokio::test]
async fn a_list_and_a_page_have_as_many_rows_as_the_hub_allows_whatever_is_asked_for() {
    let limits = Limits {
        max_list_identities: 3,
        max_query_page: 3,
        ..Limits::default()
    };
    let hub = OwnHub::limited("pages", 3, &limits).await;
    for number in 0..4 {
        hub.device(&format!("d{number}")).await;
    }
    for (top, rows) in [("", 3), ("?top=2", 2), ("?top=3", 3), ("?top=4", 3)] {
        let list = hub.request(Method::GET, &format!("/devices{top}"));
        let answer = list.send().await.unwrap();
        let goes_on = answer.headers().contains_key("x-ms-continuation");
        let list: Vec<Value> = answer.json().await.unwrap();
        assert_eq!((list.len(), goes_on), (rows, true), "{top}");
    }
    for (asked, rows) in [(None, 3), (Some("2"), 2), (Some("3"), 3), (Some("4"), 3)] {
        let mut query = hub
            .request(Method::POST, "/devices/query")
            .json(&json!({ "query": "SELECT deviceId FROM devices" }));
        if let Some(asked) = asked {
            query = query.header("x-ms-max-item-count", asked);
        }
        let answer = query.send().await.unwrap();
        let goes_on = answer.headers().contains_key("x-ms-continuation");
        let page: Vec<Value> = answer.json().await.unwrap();
        assert_eq!((page.len(), goes_on), (rows, true), "{asked:?}");
    }
}
