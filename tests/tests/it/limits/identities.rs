//! Devices and modules: their ids, what is said about them, and how many at once.

use reqwest::Method;
use roost_model::limits::{
    MAX_ID_CHARS, MAX_MANAGED_BY_CHARS, MAX_PARENT_SCOPES, MAX_STATUS_REASON_CHARS,
};
use roost_model::{ErrorCode, Limits};
use serde_json::{Value, json};

use super::{ask, taken};
use crate::fixture::{Snapshot, TestDevice, owner, refused};

/// A name of so many characters.
fn name(start: &str, chars: usize) -> String {
    let rest = chars - start.chars().count();
    format!("{start}{}", "x".repeat(rest))
}

#[tokio::test]
async fn an_id_has_at_most_128_characters() {
    let device = format!("/devices/{}", name("limits-id", MAX_ID_CHARS));
    taken("a device", ask(Method::PUT, &device, &json!({}))).await;
    let module = format!("{device}/modules/{}", name("m", MAX_ID_CHARS));
    taken("a module", ask(Method::PUT, &module, &json!({}))).await;

    let again = ask(Method::PUT, &module, &json!({}));
    refused("it again", again, ErrorCode::ModuleAlreadyExistsOnDevice).await;

    let longer = format!("/devices/{}", name("limits-id", MAX_ID_CHARS + 1));
    let put = ask(Method::PUT, &longer, &json!({}));
    refused("a longer device", put, ErrorCode::ArgumentInvalid).await;
    let longer = format!("{device}/modules/{}", name("m", MAX_ID_CHARS + 1));
    let put = ask(Method::PUT, &longer, &json!({}));
    refused("a longer module", put, ErrorCode::ArgumentInvalid).await;
    let path = format!("{device}/modules");
    let modules: Vec<Value> = owner(1).call(Method::GET, &path, None).await.unwrap();
    assert_eq!(modules.len(), 1);
}

#[tokio::test]
async fn a_status_reason_has_at_most_128_characters() {
    let device = TestDevice::create("limits-reason").await;
    let put = |reason: String| {
        let body = json!({ "status": "disabled", "statusReason": reason });
        ask(Method::PUT, "/devices/limits-reason", &body).header("If-Match", "*")
    };
    let longest = "\u{fc}".repeat(MAX_STATUS_REASON_CHARS);
    let document = taken("the longest", put(longest.clone())).await;
    assert_eq!(document["statusReason"], longest);
    let before = Snapshot::of(&device).await;
    let longer = put("x".repeat(MAX_STATUS_REASON_CHARS + 1));
    refused("a longer one", longer, ErrorCode::ArgumentInvalid).await;
    before.assert_unchanged().await;
}

#[tokio::test]
async fn the_owner_of_a_module_has_at_most_128_characters() {
    TestDevice::create("limits-managed").await;
    let put = |module: &str, owner: String| {
        let path = format!("/devices/limits-managed/modules/{module}");
        ask(Method::PUT, &path, &json!({ "managedBy": owner }))
    };
    let longest = "o".repeat(MAX_MANAGED_BY_CHARS);
    let document = taken("the longest", put("m", longest.clone())).await;
    assert_eq!(document["managedBy"], longest);
    let longer = put("n", "o".repeat(MAX_MANAGED_BY_CHARS + 1));
    refused("a longer one", longer, ErrorCode::ArgumentInvalid).await;
    let path = "/devices/limits-managed/modules/n";
    let missing = owner(0).authorized(Method::GET, path);
    refused("it", missing, ErrorCode::ModuleNotFound).await;
}

#[tokio::test]
async fn an_edge_device_has_one_parent() {
    let edge = json!({ "capabilities": { "iotEdge": true } });
    let mut scopes = Vec::new();
    for number in 0..=MAX_PARENT_SCOPES {
        let path = format!("/devices/limits-parent-{number}");
        let made = taken("a parent", ask(Method::PUT, &path, &edge)).await;
        scopes.push(made["deviceScope"].clone());
    }
    let child = |id: &str, parents: &[Value]| {
        let mut body = edge.clone();
        body["parentScopes"] = json!(parents);
        ask(Method::PUT, &format!("/devices/{id}"), &body)
    };
    let allowed = &scopes[..MAX_PARENT_SCOPES];
    taken("as many as may be", child("limits-child", allowed)).await;
    let more = child("limits-child-2", &scopes);
    refused("one more", more, ErrorCode::InvalidDeviceScope).await;
    let missing = owner(0).authorized(Method::GET, "/devices/limits-child-2");
    refused("it", missing, ErrorCode::DeviceNotFound).await;
}

#[tokio::test]
async fn a_device_has_at_most_fifty_modules() {
    TestDevice::create("limits-modules").await;
    let most = Limits::default().max_modules_per_device;
    let create: Vec<Value> = (0..most)
        .map(|number| json!({ "id": "limits-modules", "moduleId": format!("m{number}") }))
        .collect();
    taken(
        "as many",
        ask(Method::POST, "/devices", &Value::Array(create)),
    )
    .await;
    let more = ask(
        Method::PUT,
        "/devices/limits-modules/modules/more",
        &json!({}),
    );
    refused("one more", more, ErrorCode::TooManyModulesOnDevice).await;
    let path = "/devices/limits-modules/modules";
    let modules: Vec<Value> = owner(2).call(Method::GET, path, None).await.unwrap();
    assert_eq!(modules.len(), most as usize);
    let delete = owner(0).authorized(Method::DELETE, &format!("{path}/m0"));
    taken("one less", delete).await;
    let again = ask(Method::PUT, &format!("{path}/more"), &json!({}));
    taken("one in its place", again).await;
}

#[tokio::test]
async fn a_bulk_call_has_at_most_a_hundred_operations() {
    let most = Limits::default().max_bulk_operations as usize;
    let operations = |name: &str, count: usize| {
        let all = (0..count).map(|number| json!({ "id": format!("{name}-{number}") }));
        all.collect::<Vec<Value>>()
    };
    let keys = |devices: &[Value]| {
        let body = json!({ "policyKey": "primaryKey", "devices": devices });
        ask(Method::POST, "/devices/keys/regenerate", &body)
    };
    let whole = operations("limits-bulk", most);
    let create = ask(Method::POST, "/devices", &json!(whole));
    taken("as many as may be", create).await;
    let result = taken("new keys for as many", keys(&whole)).await;
    assert_eq!(result["rotatedKeys"].as_array().unwrap().len(), most);

    let more = operations("limits-bulk-more", most + 1);
    let create = ask(Method::POST, "/devices", &json!(more));
    refused("one more", create, ErrorCode::ArgumentInvalid).await;
    let first = owner(0).authorized(Method::GET, "/devices/limits-bulk-more-0");
    refused("the first of them", first, ErrorCode::DeviceNotFound).await;
    let known: Value = owner(0)
        .call(Method::GET, "/devices/limits-bulk-0", None)
        .await
        .unwrap();
    let regenerate = keys(&[whole.as_slice(), &more[..1]].concat());
    refused("keys for one more", regenerate, ErrorCode::ArgumentInvalid).await;
    let after: Value = owner(0)
        .call(Method::GET, "/devices/limits-bulk-0", None)
        .await
        .unwrap();
    assert_eq!(after, known, "its keys are as they were");
}
