use reqwest::Method;
use roost_chaos::harness::until;
use serde_json::{Value, json};

use super::ask;
use crate::fixture::{Publish, SOON, TestDevice, node, owner};
use crate::http::expect;

async fn connection(index: usize, id: &str) -> Value {
    let path = format!("/devices/{id}/connection");
    owner(index).call(Method::GET, &path, None).await.unwrap()
}

async fn wait_for(id: &str, state: &str) -> Value {
    let found = until("the connection's state", SOON, async || {
        let found = connection(1, id).await;
        if found["connectionState"] == state {
            Ok(found)
        } else {
            Err(format!("{found}"))
        }
    });
    found.await.unwrap()
}

#[tokio::test]
async fn a_connection_is_told_exactly_with_its_node_and_its_end() {
    let device = TestDevice::create("connection-told").await;
    let id = device.id.as_str();
    let never = connection(0, id).await;
    assert_eq!(never["connectionState"], "Disconnected");
    assert_eq!(never["connectionStateUpdatedTime"], "0001-01-01T00:00:00");
    assert_eq!(
        (&never["session"], &never["lastDisconnect"]),
        (&Value::Null, &Value::Null)
    );

    let mut raw = device.attach(node(1));
    for index in 0..3 {
        let now = connection(index, id).await;
        assert_eq!(
            now["connectionState"], "Connected",
            "at once, through any node"
        );
        assert_eq!(now["session"]["node"].as_u64(), Some(node(1).id));
        assert_eq!(now["session"]["protocol"], "mqtt");
        let how = json!({"scope": "device", "type": "sas"});
        assert_eq!(now["session"]["authentication"], how);
    }
    let before = connection(0, id).await;
    raw.send(&Publish::new(&device.topic(), "hello").bytes());
    raw.expect_ack(1).unwrap();
    let after = connection(0, id).await;
    let at = |told: &Value| told["lastActivityTime"].as_str().unwrap().to_owned();
    assert!(at(&after) > at(&before), "{before} {after}");
    let document = owner(2).device(&device.id).await.unwrap();
    assert_eq!(document["lastActivityTime"], after["lastActivityTime"]);
    assert_eq!(document["connectionState"], "Connected");

    raw.disconnect();
    let ended = wait_for(id, "Disconnected").await;
    assert_eq!(ended["lastDisconnect"]["reason"], "clean");
    assert_eq!(ended["session"], Value::Null);
    assert!(
        ended["connectionStateUpdatedTime"].as_str()
            > before["connectionStateUpdatedTime"].as_str()
    );

    drop(device.attach(node(2)));
    until("the loss", SOON, async || {
        let told = connection(0, id).await;
        let ending = &told["lastDisconnect"];
        if ending["reason"] == "lost" && ending["node"].as_u64() == Some(node(2).id) {
            Ok(())
        } else {
            Err(told.to_string())
        }
    })
    .await
    .unwrap();

    let mut raw = device.attach(node(0));
    let disable = json!({"status": "disabled"});
    let put = ask(1, Method::PUT, "/devices/connection-told", &disable).header("If-Match", "*");
    assert_eq!(put.send().await.unwrap().status(), 200);
    let revoked = connection(2, id).await;
    assert_eq!(revoked["connectionState"], "Disconnected");
    assert_eq!(revoked["lastDisconnect"]["reason"], "revoked");
    raw.expect_close().unwrap();
}

#[tokio::test]
async fn an_unknown_identity_has_no_connection() {
    TestDevice::create("connection-modules").await;
    let get = |path: &str| owner(1).authorized(Method::GET, path);
    let nobody = get("/devices/connection-nobody/connection");
    expect("nobody", nobody, 404, "DeviceNotFound", 404_001).await;
    let module = get("/devices/connection-modules/modules/m/connection");
    expect("no module", module, 404, "ModuleNotFound", 404_010).await;
    let put = ask(
        0,
        Method::PUT,
        "/devices/connection-modules/modules/m",
        &json!({}),
    );
    assert_eq!(put.send().await.unwrap().status(), 201);
    let path = "/devices/connection-modules/modules/m/connection";
    let told: Value = owner(2).call(Method::GET, path, None).await.unwrap();
    assert_eq!(
        (&told["moduleId"], &told["connectionState"]),
        (&json!("m"), &json!("Disconnected"))
    );
}

#[tokio::test]
async fn a_version_that_the_client_has_is_not_sent_again() {
    let device = TestDevice::create("connection-etag").await;
    let path = "/devices/connection-etag";
    let found = owner(0).device(&device.id).await.unwrap();
    let tag = found["etag"].as_str().unwrap();
    for (value, status) in [
        (format!("\"{tag}\""), 304),
        (tag.to_owned(), 304),
        ("*".to_owned(), 304),
        ("\"AAAAAAAAAAA=\"".to_owned(), 200),
    ] {
        let get = owner(1).authorized(Method::GET, path);
        let answer = get.header("If-None-Match", &value).send().await.unwrap();
        assert_eq!(answer.status(), status, "{value}");
        assert_eq!(answer.headers()["etag"], format!("\"{tag}\""));
    }
}
