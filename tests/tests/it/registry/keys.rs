use reqwest::Method;
use roost_chaos::harness::DeviceCredential;
use roost_model::SymmetricKey;
use serde_json::{Value, json};

use super::{answer, ask};
use crate::fixture::{ACCEPTED, TestDevice, ask as connect, node, owner};
use crate::http::expect;

const PATH: &str = "/devices/keys/regenerate";

async fn regenerate(index: usize, which: &str, ids: &[&str]) -> (u16, Value) {
    let devices: Vec<Value> = ids.iter().map(|id| json!({ "id": id })).collect();
    let body = json!({"policyKey": which, "devices": devices});
    answer(ask(index, Method::POST, PATH, &body)).await
}

async fn keys(id: &str) -> (String, String) {
    let path = format!("/devices/{id}");
    let device: Value = owner(2).call(Method::GET, &path, None).await.unwrap();
    let key = |member: &str| {
        let key = &device["authentication"]["symmetricKey"][member];
        key.as_str().unwrap().to_owned()
    };
    (key("primaryKey"), key("secondaryKey"))
}

#[tokio::test]
async fn keys_are_replaced_one_both_or_change_places() {
    let device = TestDevice::create("keys-forms").await;
    let id = device.id.as_str();
    let (first, second) = keys(id).await;
    let (status, result) = regenerate(0, "swap", &[id]).await;
    assert_eq!(status, 200, "{result}");
    assert_eq!(keys(id).await, (second.clone(), first.clone()));

    let (_, result) = regenerate(1, "primaryKey", &[id]).await;
    assert_eq!(result["policyKey"], "primaryKey");
    let rotated = &result["rotatedKeys"][0];
    assert_eq!(rotated["id"], id);
    assert_eq!(rotated["secondaryKey"], first.as_str());
    let (third, kept) = keys(id).await;
    assert_eq!(rotated["primaryKey"], third.as_str());
    assert!(third != second && kept == first);

    regenerate(2, "secondary", &[id]).await;
    assert_eq!(keys(id).await.0, third);
    regenerate(0, "both", &[id]).await;
    let (fourth, fifth) = keys(id).await;
    assert!(fourth != third && fifth != first);
}

#[tokio::test]
async fn a_connection_ends_with_the_key_that_it_rests_on_and_no_sooner() {
    let device = TestDevice::create("keys-session").await;
    let id = device.id.as_str();
    // Its token is signed with the primary key.
    let mut connection = device.attach(node(0));
    for harmless in ["secondaryKey", "swap"] {
        assert_eq!(regenerate(1, harmless, &[id]).await.0, 200);
    }
    connection.subscribe(&[("devices/keys-session/messages/devicebound/#", 1)]);
    let packet = connection.receive().unwrap();
    assert!(
        packet.is_some_and(|packet| packet.first == 0x90),
        "it is still there"
    );
    // The key is now the secondary one.
    assert_eq!(regenerate(1, "secondaryKey", &[id]).await.0, 200);
    connection.expect_close().unwrap();

    let fresh = SymmetricKey::from_base64(&keys(id).await.1).unwrap();
    let credential = DeviceCredential {
        key: fresh,
        ..device.credential.clone()
    };
    let mut packet = device.connect_packet();
    packet.password = Some(credential.token());
    assert_eq!(connect(node(2), &packet).1, Some(ACCEPTED));
}

#[tokio::test]
async fn what_fails_is_told_apart_from_what_was_done() {
    let device = TestDevice::create("keys-partly").await;
    let id = device.id.as_str();
    let certificate = json!({"authentication": {"type": "certificateAuthority"}});
    let put = ask(0, Method::PUT, "/devices/keys-x509", &certificate);
    assert_eq!(put.send().await.unwrap().status(), 200);

    let (status, result) = regenerate(1, "both", &[id, "keys-nobody", "keys-x509"]).await;
    assert_eq!(status, 207, "{result}");
    assert_eq!(result["rotatedKeys"].as_array().unwrap().len(), 1);
    let mut errors: Vec<&str> = result["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["errorCode"].as_str().unwrap())
        .collect();
    errors.sort_unstable();
    assert_eq!(errors, ["DeviceNotFound", "InvalidOperation"]);
    assert_eq!(result["errorCode"], 400_036);

    let body = |which: &str, ids: &[&str]| {
        let devices: Vec<Value> = ids.iter().map(|id| json!({ "id": id })).collect();
        json!({"policyKey": which, "devices": devices})
    };
    let post = |body: &Value| ask(0, Method::POST, PATH, body);
    let all = post(&body("both", &["keys-nobody"]));
    let name = "BulkRegenerateDeviceKeyOperationFailure";
    expect("nobody", all, 400, name, 400_036).await;
    let policy = post(&body("tertiaryKey", &[id]));
    expect("a third key", policy, 400, "InvalidPolicyKey", 400_035).await;
    let twice = post(&body("both", &[id, id]));
    expect("twice", twice, 400, "DeviceDefinedMultipleTimes", 400_011).await;
    let none = post(&body("both", &[]));
    expect("nobody named", none, 400, "ArgumentNull", 400_005).await;
    let many: Vec<String> = (0..101).map(|n| format!("keys-{n}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let past = post(&body("both", &many));
    expect("101 devices", past, 400, "ArgumentInvalid", 400_004).await;
}

#[tokio::test]
async fn modules_have_keys_of_their_own() {
    TestDevice::create("keys-modules").await;
    let path = "/devices/keys-modules/modules/pump";
    let put = ask(0, Method::PUT, path, &json!({"managedBy": "me"}));
    let (status, made) = answer(put).await;
    assert_eq!((status, &made["managedBy"]), (201, &json!("me")));
    let body = json!({"policyKey": "primaryKey",
        "devices": [{"id": "keys-modules", "moduleId": "pump"}]});
    let (status, result) = answer(ask(1, Method::POST, PATH, &body)).await;
    assert_eq!(status, 200, "{result}");
    assert_eq!(result["rotatedKeys"][0]["moduleId"], "pump");
    let found: Value = owner(2).call(Method::GET, path, None).await.unwrap();
    let keys = &found["authentication"]["symmetricKey"];
    assert_eq!(keys["primaryKey"], result["rotatedKeys"][0]["primaryKey"]);
    let before = &made["authentication"]["symmetricKey"];
    assert_ne!(keys["primaryKey"], before["primaryKey"]);
    assert_eq!(keys["secondaryKey"], before["secondaryKey"]);
}
