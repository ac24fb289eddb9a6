use reqwest::Method;
use serde_json::{Value, json};

use super::{answer, ask};
use crate::fixture::owner;
use crate::http::expect;

async fn import(index: usize, query: &str, lines: &str) -> Vec<Value> {
    let path = format!("/admin/import{query}");
    let request = owner(index).authorized(Method::POST, &path);
    let answer = request.body(lines.to_owned()).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["content-type"], "application/x-ndjson");
    let text = answer.text().await.unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

async fn export(index: usize, query: &str) -> String {
    let request = owner(index).authorized(Method::GET, &format!("/admin/export{query}"));
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 200);
    answer.text().await.unwrap()
}

/// The lines about these devices.
fn lines_of(text: &str, prefix: &str) -> Vec<Value> {
    let lines = text.split_terminator("\r\n");
    let documents = lines.map(|line| serde_json::from_str::<Value>(line).unwrap());
    documents
        .filter(|line| line["id"].as_str().unwrap().starts_with(prefix))
        .collect()
}

#[tokio::test]
async fn lines_go_in_through_one_node_and_come_out_through_another() {
    let mut lines = String::new();
    for n in 0..300 {
        lines.push_str(&format!(
            "{{\"id\":\"transfer-{n}\",\"status\":\"disabled\"}}\r\n"
        ));
    }
    lines.push_str("{\"id\":\"transfer-edge\",\"capabilities\":{\"iotEdge\":true}}\r\n");
    lines.push_str("{\"id\":\"transfer-edge\",\"moduleId\":\"$edgeAgent\"}\r\n");
    lines.push_str("{\"id\":\"transfer-edge\",\"moduleId\":\"own\",\"managedBy\":\"me\"}");
    let told = import(0, "", &lines).await;
    let result = told.last().unwrap();
    assert_eq!(
        *result,
        json!({"type": "result", "line": 303, "succeeded": 303, "failed": 0,
            "unlistedErrors": 0, "complete": true, "reason": null})
    );
    for index in 1..3 {
        let found = lines_of(&export(index, "").await, "transfer-");
        assert_eq!(
            found.len(),
            300 + 4,
            "a device, its two system modules, its own"
        );
        let own = found.iter().find(|line| line["moduleId"] == "own").unwrap();
        assert_eq!(own["managedBy"], "me");
        let first = found
            .iter()
            .find(|line| line["id"] == "transfer-0")
            .unwrap();
        assert_eq!(first["status"], "disabled");
        assert!(first["authentication"]["symmetricKey"]["primaryKey"].is_string());
    }
    let without = lines_of(&export(1, "?excludeKeys=true").await, "transfer-0");
    assert_eq!(
        without[0]["authentication"]["symmetricKey"]["primaryKey"],
        Value::Null
    );
}

#[tokio::test]
async fn what_was_exported_imports_as_it_was() {
    let lines = "{\"id\":\"again-1\",\"statusReason\":\"why\"}\r\n{\"id\":\"again-1\",\"moduleId\":\"m\"}\r\n";
    import(0, "", lines).await;
    let twin = json!({"tags": {"floor": 3}, "properties": {"desired": {"fan": {"speed": 7}}}});
    let (status, _) = answer(ask(1, Method::PATCH, "/twins/again-1", &twin)).await;
    assert_eq!(status, 200);
    let first = export(1, "").await;
    let before = lines_of(&first, "again-");
    let delete = owner(2).authorized(Method::DELETE, "/devices/again-1");
    assert_eq!(delete.send().await.unwrap().status(), 204);
    let text: String = before.iter().map(|line| format!("{line}\r\n")).collect();
    let told = import(1, "", &text).await;
    assert_eq!(told.last().unwrap()["succeeded"], 2, "{told:?}");
    let after = lines_of(&export(2, "").await, "again-");
    for (before, after) in before.iter().zip(&after) {
        let mut before = before.clone();
        before["eTag"] = after["eTag"].clone();
        before["twinETag"] = after["twinETag"].clone();
        assert_eq!(
            before, *after,
            "twins with their versions and times among it"
        );
    }
    let desired = &after[0]["properties"]["desired"];
    assert_eq!(desired["$version"], 2);
    assert!(desired["$metadata"]["fan"]["$lastUpdated"].is_string());
}

#[tokio::test]
async fn lines_change_twins_alone_and_only_at_the_version_they_name() {
    import(0, "", "{\"id\":\"twin-line\",\"status\":\"disabled\"}").await;
    let line = |mode: &str, etag: &str, floor: u32| {
        json!({"id": "twin-line", "importMode": mode, "twinETag": etag,
            "tags": {"floor": floor}, "properties": {"desired": {"on": true}}})
        .to_string()
    };
    let told = import(1, "", &line("updateTwin", "", 1)).await;
    assert_eq!(told.last().unwrap()["succeeded"], 1, "{told:?}");
    let (_, twin) = answer(owner(2).authorized(Method::GET, "/twins/twin-line")).await;
    assert_eq!(twin["tags"]["floor"], 1);
    assert_eq!(twin["properties"]["desired"]["on"], true);
    assert_eq!(twin["status"], "disabled", "the identity stays as it was");

    let etag = twin["etag"].as_str().unwrap();
    let told = import(2, "", &line("updateTwinIfMatchETag", etag, 2)).await;
    assert_eq!(told.last().unwrap()["succeeded"], 1, "{told:?}");
    let told = import(0, "", &line("updateTwinIfMatchETag", etag, 3)).await;
    assert_eq!(told.last().unwrap()["failed"], 1, "{told:?}");
    let (_, twin) = answer(owner(1).authorized(Method::GET, "/twins/twin-line")).await;
    assert_eq!(twin["tags"]["floor"], 2, "the stale line changed nothing");
}

#[tokio::test]
async fn a_line_that_fails_is_told_by_its_number_and_the_others_are_done() {
    let lines = [
        r#"{"id":"lines-1","importMode":"create"}"#,
        "",
        "{",
        r#"{"id":"lines-1","importMode":"create"}"#,
        r#"{"id":"a b"}"#,
        r#"{"id":"lines-nobody","importMode":"update"}"#,
        r#"{"id":"lines-2","moduleId":"m"}"#,
        r#"{"id":"lines-2"}"#,
        r#"{"id":"lines-2","moduleId":"m"}"#,
        r#"{"id":"lines-1","importMode":"delete"}"#,
    ];
    let told = import(1, "?firstLine=101", &lines.join("\n")).await;
    let mut errors: Vec<(u64, &str)> = told
        .iter()
        .filter(|line| line["type"] == "error")
        .map(|line| {
            (
                line["line"].as_u64().unwrap(),
                line["errorCode"].as_str().unwrap(),
            )
        })
        .collect();
    errors.sort_unstable();
    let expected = [
        (103, "DeserializationError"),
        (104, "DeviceAlreadyExists"),
        (105, "ArgumentInvalid"),
        (106, "DeviceNotFound"),
        (107, "DeviceNotFound"),
    ];
    assert_eq!(errors, expected);
    let result = told.last().unwrap();
    assert_eq!(
        (&result["line"], &result["succeeded"], &result["failed"]),
        (&json!(110), &json!(4), &json!(5))
    );
    let gone = owner(2).authorized(Method::GET, "/devices/lines-1");
    expect(
        "deleted by the last line",
        gone,
        404,
        "DeviceNotFound",
        404_001,
    )
    .await;
}

#[tokio::test]
async fn strange_requests_for_a_transfer_are_refused() {
    let owner = owner(0);
    let get = |path: &str| owner.authorized(Method::GET, path);
    let flag = get("/admin/export?excludeKeys=perhaps");
    expect("perhaps", flag, 400, "ArgumentInvalid", 400_004).await;
    let unknown = get("/admin/export?exclude=true");
    expect("unknown", unknown, 400, "ArgumentInvalid", 400_004).await;
    let post = |path: &str| owner.authorized(Method::POST, path).body("{}");
    let line = post("/admin/import?firstLine=0");
    expect("line 0", line, 400, "ArgumentInvalid", 400_004).await;
    let packed = post("/admin/import").header("Content-Encoding", "gzip");
    expect("gzip", packed, 415, "GenericUnsupportedMediaType", 415_000).await;
}
