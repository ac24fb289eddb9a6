//! How many paths of twins are indexed.

use reqwest::Method;
use roost_chaos::harness::until;
use roost_model::Limits;
use serde_json::json;

use crate::fixture::{OwnHub, SOON};

/// How the rows were found.
async fn plan(hub: &OwnHub, path: &str) -> String {
    let text = format!("SELECT * FROM devices WHERE {path} = 1");
    let query = hub.request(Method::POST, "/devices/query");
    let answer = query.json(&json!({ "query": text })).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let plan = answer.headers()["roost-query-plan"].to_str().unwrap();
    plan.split(';').next().unwrap().to_owned()
}

async fn until_indexed(hub: &OwnHub, path: &str) {
    let built = until("an index", SOON, async || {
        let plan = plan(hub, path).await;
        if plan == format!("index {path}") {
            Ok(())
        } else {
            Err(plan)
        }
    });
    built.await.unwrap();
}

#[tokio::test]
async fn as_many_paths_are_indexed_as_may_be_and_those_in_use_stay() {
    let limits = Limits {
        max_indexed_paths: 2,
        ..Limits::default()
    };
    let hub = OwnHub::limited("indexes", 4, &limits).await;
    until_indexed(&hub, "tags.a").await;
    until_indexed(&hub, "tags.b").await;
    for _ in 0..20 {
        assert_eq!(plan(&hub, "tags.c").await, "scan");
        assert_eq!(plan(&hub, "tags.a").await, "index tags.a");
        assert_eq!(plan(&hub, "tags.b").await, "index tags.b");
    }
}
