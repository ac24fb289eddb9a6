use reqwest::Method;
use serde_json::{Value, json};

use super::{answer, ask};
use crate::fixture::owner;
use crate::http::expect;

async fn bulk(index: usize, operations: &Value) -> (u16, Value) {
    answer(ask(index, Method::POST, "/devices", operations)).await
}

fn codes(result: &Value) -> Vec<(String, String)> {
    let errors = result["errors"].as_array().unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let mut codes: Vec<_> = errors
        .iter()
        .map(|error| (text(&error["deviceId"]), text(&error["errorCode"])))
        .collect();
    codes.sort();
    codes
}

async fn status_of(index: usize, id: &str) -> Value {
    let path = format!("/devices/{id}");
    let device: Value = owner(index).call(Method::GET, &path, None).await.unwrap();
    device["status"].clone()
}

#[tokio::test]
async fn a_bulk_call_is_done_through_any_node_and_visible_through_the_others() {
    for index in 0..3 {
        let id = |n: usize| format!("bulk-any-{index}-{n}");
        let create: Vec<Value> = (0..20)
            .map(|n| json!({"id": id(n), "importMode": "create"}))
            .collect();
        let (status, result) = bulk(index, &json!(create)).await;
        assert_eq!(status, 200, "{result}");
        assert_eq!(
            result,
            json!({"isSuccessful": true, "errors": [], "warnings": []})
        );
        let other = (index + 1) % 3;
        let disable: Vec<Value> = (0..20)
            .map(|n| json!({"id": id(n), "importMode": "Update", "status": "disabled"}))
            .collect();
        assert_eq!(bulk(other, &json!(disable)).await.0, 200);
        for n in [0, 7, 19] {
            assert_eq!(status_of((index + 2) % 3, &id(n)).await, "disabled");
        }
        let delete: Vec<Value> = (0..20)
            .map(|n| json!({"id": id(n), "importMode": "DELETE"}))
            .collect();
        assert_eq!(bulk(index, &json!(delete)).await.0, 200);
        let gone = owner(other).authorized(Method::GET, &format!("/devices/{}", id(3)));
        expect("a deleted device", gone, 404, "DeviceNotFound", 404_001).await;
    }
}

#[tokio::test]
async fn each_operation_fails_by_itself_and_the_others_are_done() {
    let there = json!([{"id": "bulk-there"}, {"id": "bulk-there", "moduleId": "m"}]);
    assert_eq!(bulk(0, &there).await.0, 200);
    let operations = json!([
        {"id": "bulk-new", "importMode": "create"},
        {"id": "bulk-there", "importMode": "create"},
        {"id": "bulk-nobody", "importMode": "update"},
        {"id": "bulk-nobody-2", "importMode": "delete"},
        {"id": "bulk-nobody-3", "moduleId": "m", "importMode": "create"},
        {"id": "bulk-there", "moduleId": "m", "importMode": "create"},
        {"id": "bulk-new", "moduleId": "n", "importMode": "update"},
        {"id": "a b", "importMode": "create"},
        {"id": "bulk-mode", "importMode": "upsert"},
        {"id": "bulk-tagless", "importMode": "updateIfMatchETag"},
        {"id": "bulk-key", "authentication": {"symmetricKey": {"primaryKey": "AAAA", "secondaryKey": "AAAA"}}},
        {"id": "bulk-reason", "statusReason": "x".repeat(129)},
        {"importMode": "create"},
    ]);
    let (status, result) = bulk(1, &operations).await;
    assert_eq!(status, 400);
    assert_eq!(result["isSuccessful"], false);
    assert_eq!(result["errorCode"], 400_013);
    let pair = |id: &str, code: &str| (id.to_owned(), code.to_owned());
    let expected = [
        pair("", "ArgumentNull"),
        pair("a b", "ArgumentInvalid"),
        pair("bulk-key", "ArgumentInvalid"),
        pair("bulk-mode", "ArgumentInvalid"),
        pair("bulk-new", "ModuleNotFound"),
        pair("bulk-nobody", "DeviceNotFound"),
        pair("bulk-nobody-2", "DeviceNotFound"),
        pair("bulk-nobody-3", "DeviceNotFound"),
        pair("bulk-reason", "ArgumentInvalid"),
        pair("bulk-tagless", "ArgumentNull"),
        pair("bulk-there", "DeviceAlreadyExists"),
        pair("bulk-there", "ModuleAlreadyExistsOnDevice"),
    ];
    assert_eq!(codes(&result), expected);
    assert_eq!(status_of(2, "bulk-new").await, "enabled");
}

#[tokio::test]
async fn versions_are_asked_for_by_the_modes_that_say_so() {
    assert_eq!(bulk(0, &json!([{"id": "bulk-tag"}])).await.0, 200);
    let read = async |index| -> String {
        let device: Value = owner(index)
            .call(Method::GET, "/devices/bulk-tag", None)
            .await
            .unwrap();
        device["etag"].as_str().unwrap().to_owned()
    };
    let first = read(1).await;
    let operation =
        |mode: &str, etag: &str| json!([{"id": "bulk-tag", "importMode": mode, "eTag": etag}]);
    for mode in [
        "updateIfMatchETag",
        "createOrUpdateIfMatchETag",
        "deleteIfMatchETag",
    ] {
        let (status, result) = bulk(1, &operation(mode, "AAAA")).await;
        assert_eq!(status, 400, "{mode}");
        assert_eq!(
            result["errors"][0]["errorCode"], "PreconditionFailed",
            "{mode}"
        );
        assert_eq!(result["errors"][0]["operation"], mode);
    }
    assert_eq!(read(2).await, first);
    assert_eq!(
        bulk(1, &operation("updateIfMatchETag", &first)).await.0,
        200
    );
    assert_eq!(
        bulk(1, &operation("updateIfMatchETag", &first)).await.0,
        400
    );
    assert_eq!(bulk(1, &operation("createOrUpdate", "AAAA")).await.0, 200);
    let newest = read(0).await;
    assert_eq!(
        bulk(2, &operation("deleteIfMatchETag", &newest)).await.0,
        200
    );
    let again = operation("createOrUpdateIfMatchETag", "AAAA");
    assert_eq!(bulk(2, &again).await.0, 200, "there is nothing to match");
}

#[tokio::test]
async fn a_call_has_100_operations_at_most_and_each_identity_once() {
    let operations = |count: usize| -> Value {
        (0..count)
            .map(|n| json!({"id": format!("bulk-limit-{n}")}))
            .collect()
    };
    assert_eq!(bulk(0, &operations(100)).await.0, 200);
    let post = |body: &Value| ask(0, Method::POST, "/devices", body);
    let past = post(&operations(101));
    expect("101 operations", past, 400, "ArgumentInvalid", 400_004).await;
    let none = post(&json!([]));
    expect("none", none, 400, "ArgumentNull", 400_005).await;
    let twice = post(&json!([
        {"id": "bulk-twice"}, {"id": "bulk-other"}, {"id": "bulk-twice", "importMode": "delete"}
    ]));
    expect("twice", twice, 400, "DeviceDefinedMultipleTimes", 400_011).await;
    let other = owner(1).authorized(Method::GET, "/devices/bulk-other");
    expect("not done", other, 404, "DeviceNotFound", 404_001).await;
    for body in ["{", "{}", "[7]"] {
        let request = owner(0)
            .authorized(Method::POST, "/devices")
            .header("Content-Type", "application/json")
            .body(body);
        expect(body, request, 400, "DeserializationError", 400_012).await;
    }
}

#[tokio::test]
async fn a_device_has_50_modules_at_most() {
    assert_eq!(bulk(0, &json!([{"id": "bulk-modules"}])).await.0, 200);
    let modules: Vec<Value> = (0..50)
        .map(|n| json!({"id": "bulk-modules", "moduleId": format!("m{n}"), "importMode": "create"}))
        .collect();
    assert_eq!(bulk(1, &json!(modules)).await.0, 200);
    let past = json!([{"id": "bulk-modules", "moduleId": "past"}]);
    let (status, result) = bulk(1, &past).await;
    assert_eq!(status, 400);
    assert_eq!(result["errors"][0]["errorCode"], "TooManyModulesOnDevice");
    let put = ask(
        2,
        Method::PUT,
        "/devices/bulk-modules/modules/past",
        &json!({}),
    );
    expect("module 51", put, 413, "TooManyModulesOnDevice", 413_003).await;
}

#[tokio::test]
async fn a_list_is_paged_by_a_header_until_its_end() {
    let devices: Value = (0..7)
        .map(|n| json!({"id": format!("!bulk-list-{n}")}))
        .collect();
    assert_eq!(bulk(0, &devices).await.0, 200);
    let mut after: Option<String> = None;
    let mut found = Vec::new();
    for index in [0, 1, 2].into_iter().cycle() {
        let mut request = owner(index).authorized(Method::GET, "/devices?top=3");
        if let Some(after) = &after {
            request = request.header("x-ms-continuation", after);
        }
        let page = request.send().await.unwrap();
        let next = page.headers().get("x-ms-continuation");
        after = next.map(|value| value.to_str().unwrap().to_owned());
        let devices: Vec<Value> = page.json().await.unwrap();
        let ids = devices
            .iter()
            .map(|one| one["deviceId"].as_str().unwrap().to_owned());
        found.extend(ids);
        if after.is_none() || found.len() >= 7 {
            break;
        }
    }
    let expected: Vec<String> = (0..7).map(|n| format!("!bulk-list-{n}")).collect();
    assert_eq!(found[..7], expected);
    let strange = owner(0)
        .authorized(Method::GET, "/devices")
        .header("x-ms-continuation", "a b");
    expect("a strange token", strange, 400, "ArgumentInvalid", 400_004).await;
}
