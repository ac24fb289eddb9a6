use reqwest::Method;
use serde_json::{Value, json};

use super::{answer, ask};
use crate::fixture::owner;
use crate::http::expect;

async fn put(index: usize, id: &str, body: Value, update: bool) -> (u16, Value) {
    let mut request = ask(index, Method::PUT, &format!("/devices/{id}"), &body);
    if update {
        request = request.header("If-Match", "*");
    }
    answer(request).await
}

fn edge() -> Value {
    json!({"capabilities": {"iotEdge": true}})
}

#[tokio::test]
async fn an_edge_device_has_a_scope_and_the_modules_of_its_runtime() {
    let (status, made) = put(0, "scopes-edge", edge(), false).await;
    assert_eq!(status, 200);
    let scope = made["deviceScope"].as_str().unwrap();
    assert!(
        scope.starts_with("ms-azure-iot-edge://scopes-edge-"),
        "{scope}"
    );
    let modules: Vec<Value> = owner(1)
        .call(Method::GET, "/devices/scopes-edge/modules", None)
        .await
        .unwrap();
    let names: Vec<&str> = modules
        .iter()
        .map(|m| m["moduleId"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["$edgeAgent", "$edgeHub"]);
    assert_eq!(modules[0]["managedBy"], "iotEdge");

    let mut other = edge();
    other["deviceScope"] = json!("ms-azure-iot-edge://scopes-edge-1");
    let (status, told) = put(1, "scopes-edge", other, true).await;
    assert_eq!((status, &told["errorCode"]), (400, &json!(400_028)));
    let (status, again) = put(2, "scopes-edge", edge(), true).await;
    assert_eq!((status, &again["deviceScope"]), (200, &json!(scope)));
}

#[tokio::test]
async fn a_parent_must_be_an_edge_device_of_the_hub() {
    let (_, parent) = put(0, "scopes-parent", edge(), false).await;
    let scope = parent["deviceScope"].clone();
    let (status, leaf) = put(1, "scopes-leaf", json!({"deviceScope": scope}), false).await;
    assert_eq!(status, 200, "{leaf}");
    assert_eq!(leaf["parentScopes"], json!([scope]));

    assert_eq!(put(0, "scopes-plain", json!({}), false).await.0, 200);
    for wrong in [
        "ms-azure-iot-edge://scopes-parent-1",
        "ms-azure-iot-edge://scopes-nobody-1",
        "ms-azure-iot-edge://scopes-plain-1",
        "scopes-parent",
    ] {
        let body = json!({ "deviceScope": wrong });
        let request = ask(2, Method::PUT, "/devices/scopes-leaf", &body).header("If-Match", "*");
        expect(wrong, request, 400, "InvalidDeviceScope", 400_028).await;
        let operation = json!([{"id": "scopes-leaf-2", "deviceScope": wrong}]);
        let (_, result) = answer(ask(0, Method::POST, "/devices", &operation)).await;
        assert_eq!(
            result["errors"][0]["errorCode"], "InvalidDeviceScope",
            "{wrong}"
        );
    }
    // Its child stays what it is when the parent goes, and can be changed otherwise.
    let delete = owner(1).authorized(Method::DELETE, "/devices/scopes-parent");
    assert_eq!(delete.send().await.unwrap().status(), 204);
    let same = json!({"deviceScope": scope, "statusReason": "orphan"});
    assert_eq!(put(2, "scopes-leaf", same, true).await.0, 200);
    let (_, free) = put(0, "scopes-leaf", json!({"deviceScope": ""}), true).await;
    assert_eq!(
        (&free["deviceScope"], &free["parentScopes"]),
        (&Value::Null, &json!([]))
    );
}

#[tokio::test]
async fn edge_devices_stand_above_each_other_and_never_in_a_circle() {
    let (_, upper) = put(0, "scopes-upper", edge(), false).await;
    let mut below = edge();
    below["parentScopes"] = json!([upper["deviceScope"]]);
    let (status, lower) = put(1, "scopes-lower", below, false).await;
    assert_eq!(status, 200, "{lower}");
    let mut circle = edge();
    circle["parentScopes"] = json!([lower["deviceScope"]]);
    let (status, told) = put(2, "scopes-upper", circle, true).await;
    assert_eq!((status, &told["errorCode"]), (400, &json!(400_028)));
    let mut two = edge();
    two["parentScopes"] = json!([upper["deviceScope"], lower["deviceScope"]]);
    let (status, told) = put(0, "scopes-two", two, false).await;
    assert_eq!((status, &told["errorCode"]), (400, &json!(400_028)));
}
