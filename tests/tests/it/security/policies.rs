//! Shared access policies that change while the hub serves.

use reqwest::Method;
use roost_chaos::harness::{ServiceClient, from_now};
use roost_model::Limits;
use roost_model::limits::MAX_SERVICE_POLICIES;
use serde_json::{Value, json};
use std::time::Duration;

use super::tools::{expect, expect_error, upload};
use crate::fixture::{
    ACCEPTED, Connect, NOT_AUTHORIZED, POLICIES, TestDevice, ask, file, node, owner,
};

const HOUR: Duration = Duration::from_secs(3600);

fn path(name: &str) -> String {
    format!("/admin/policies/{name}")
}

async fn put(name: &str, body: Value) -> Value {
    let request = owner(0).authorized(Method::PUT, &path(name)).json(&body);
    let answer = request.send().await.unwrap();
    assert!(
        answer.status().is_success(),
        "{}",
        answer.text().await.unwrap()
    );
    answer.json().await.unwrap()
}

async fn delete(name: &str) {
    expect(204, upload(1, Method::DELETE, &path(name), "")).await;
}

/// A back end at a node with one of a policy's keys.
fn client(index: usize, policy: &Value, key: &str) -> ServiceClient {
    let (host, name) = (&file().hostname, policy["keyName"].as_str().unwrap());
    let key = policy[key].as_str().unwrap();
    let text = format!("HostName={host};SharedAccessKeyName={name};SharedAccessKey={key}");
    ServiceClient::new(file(), node(index), &text).unwrap()
}

async fn status(client: &ServiceClient, method: Method, path: &str) -> u16 {
    client
        .authorized(method, path)
        .send()
        .await
        .unwrap()
        .status()
        .as_u16()
}

#[tokio::test]
async fn a_policy_is_in_force_at_every_node_as_soon_as_it_is_acknowledged() {
    let _turn = POLICIES.lock().await;
    let policy = put("at-once", json!({ "rights": "RegistryRead" })).await;
    for index in 0..3 {
        let client = client(index, &policy, "primaryKey");
        assert_eq!(
            status(&client, Method::GET, "/devices").await,
            200,
            "node {index}"
        );
        assert_eq!(status(&client, Method::GET, "/messages/events").await, 401);
    }
    let changed = put("at-once", json!({ "rights": "ServiceConnect" })).await;
    assert_eq!(changed["primaryKey"], policy["primaryKey"], "keys stay");
    for index in 0..3 {
        let client = client(index, &policy, "secondaryKey");
        assert_eq!(
            status(&client, Method::GET, "/devices").await,
            401,
            "node {index}"
        );
        assert_eq!(status(&client, Method::GET, "/messages/events").await, 200);
    }
    let rotate = format!("{}/keys/primary/regenerate", path("at-once"));
    let rotated = expect(200, upload(2, Method::POST, &rotate, "")).await;
    assert_ne!(rotated["primaryKey"], policy["primaryKey"]);
    assert_eq!(rotated["secondaryKey"], policy["secondaryKey"]);
    for index in 0..3 {
        let events = "/messages/events";
        let old = client(index, &policy, "primaryKey");
        assert_eq!(status(&old, Method::GET, events).await, 401, "node {index}");
        let new = client(index, &rotated, "primaryKey");
        assert_eq!(status(&new, Method::GET, events).await, 200);
    }
    delete("at-once").await;
    for index in 0..3 {
        let gone = client(index, &rotated, "secondaryKey");
        assert_eq!(
            status(&gone, Method::GET, "/messages/events").await,
            401,
            "node {index}"
        );
    }
    let request = upload(0, Method::GET, &path("at-once"), "");
    expect_error(404, 404_000, "GenericNotFound", request).await;
}

/// CONNECT in the name of a policy.
fn connect(device: &TestDevice, policy: &Value, key: &str) -> Connect {
    let token = client(0, policy, key).token(&["devices"], from_now(HOUR));
    Connect {
        password: Some(token),
        ..device.connect_packet()
    }
}

#[tokio::test]
async fn sessions_that_a_key_opened_are_cut_with_it_and_those_of_the_other_key_stay() {
    let _turn = POLICIES.lock().await;
    let policy = put("gateway", json!({ "rights": "DeviceConnect" })).await;
    let (one, two) = (
        TestDevice::create("policies-one").await,
        TestDevice::create("policies-two").await,
    );
    let mut by_primary = one.attach_with(node(0), &connect(&one, &policy, "primaryKey"));
    let mut by_secondary = two.attach_with(node(1), &connect(&two, &policy, "secondaryKey"));

    println!("the primary key is replaced");
    let rotate = format!("{}/keys/primary/regenerate", path("gateway"));
    expect(200, upload(2, Method::POST, &rotate, "")).await;
    by_primary.expect_close().unwrap();
    for index in 0..3 {
        let (_, code) = ask(node(index), &connect(&one, &policy, "primaryKey"));
        assert_eq!(code, Some(NOT_AUTHORIZED), "node {index}");
    }
    by_secondary.send(&[0xc0, 0]);
    assert_eq!(
        by_secondary.receive().unwrap().unwrap().first,
        0xd0,
        "PINGRESP"
    );
    let mut own = one.attach(node(2));

    println!("the permission is taken away");
    put("gateway", json!({ "rights": "RegistryRead" })).await;
    by_secondary.expect_close().unwrap();
    let (_, code) = ask(node(1), &connect(&two, &policy, "secondaryKey"));
    assert_eq!(code, Some(NOT_AUTHORIZED));

    println!("the policy is deleted");
    let policy = put("gateway", json!({ "rights": "DeviceConnect" })).await;
    let mut again = two.attach_with(node(0), &connect(&two, &policy, "secondaryKey"));
    delete("gateway").await;
    again.expect_close().unwrap();
    own.send(&[0xc0, 0]);
    assert_eq!(
        own.receive().unwrap().unwrap().first,
        0xd0,
        "its own key opened it"
    );
    assert_eq!(ask(node(0), &one.connect_packet()).1, Some(ACCEPTED));
}

#[tokio::test]
async fn a_hub_has_sixteen_policies_and_ten_that_serve_and_always_an_owner() {
    let _turn = POLICIES.lock().await;
    let there: Vec<Value> = owner(0)
        .call(Method::GET, "/admin/policies", None)
        .await
        .unwrap();
    assert!(
        there
            .iter()
            .all(|policy| policy.get("primaryKey").is_none())
    );
    let serving = there
        .iter()
        .filter(|policy| {
            policy["rights"]
                .as_str()
                .unwrap()
                .contains("ServiceConnect")
        })
        .count();
    let mut made = Vec::new();
    for number in serving..MAX_SERVICE_POLICIES {
        let name = format!("serving-{number}");
        put(&name, json!({ "rights": "ServiceConnect" })).await;
        made.push(name);
    }
    let request = |name: &str, rights: &str| {
        let body = json!({ "rights": rights });
        owner(1).authorized(Method::PUT, &path(name)).json(&body)
    };
    let eleventh = request("serving", "ServiceConnect");
    expect_error(400, 400_004, "ArgumentInvalid", eleventh).await;
    let most = Limits::default().max_policies as usize;
    for number in there.len() + made.len()..most {
        let name = format!("reading-{number}");
        put(&name, json!({ "rights": "RegistryRead" })).await;
        made.push(name);
    }
    let seventeenth = request("reading", "RegistryRead");
    expect_error(400, 400_004, "ArgumentInvalid", seventeenth).await;
    for name in &made {
        delete(name).await;
    }

    println!("the owner stays");
    let less = request(
        "iothubowner",
        "RegistryWrite, ServiceConnect, DeviceConnect",
    );
    assert_eq!(
        expect(200, request("iothubowner", ALL)).await["rights"],
        ALL
    );
    // All four are there, as writing includes reading.
    assert_eq!(expect(200, less).await["rights"], ALL);
    let less = request("iothubowner", "RegistryRead");
    expect_error(400, 400_003, "InvalidOperation", less).await;
    let delete = upload(2, Method::DELETE, &path("iothubowner"), "");
    expect_error(400, 400_003, "InvalidOperation", delete).await;
}

const ALL: &str = "RegistryRead, RegistryWrite, ServiceConnect, DeviceConnect";

#[tokio::test]
async fn what_is_no_policy_and_versions_that_passed_are_refused() {
    let _turn = POLICIES.lock().await;
    let request =
        |name: &str, body: Value| owner(2).authorized(Method::PUT, &path(name)).json(&body);
    for (name, body) in [
        ("odd", json!({ "rights": "Everything" })),
        ("odd", json!({ "rights": "" })),
        ("odd%20name", json!({ "rights": "RegistryRead" })),
        (&"x".repeat(65), json!({ "rights": "RegistryRead" })),
        (
            "odd",
            json!({ "rights": "RegistryRead", "primaryKey": "c2hvcnQ=" }),
        ),
    ] {
        expect_error(400, 400_004, "ArgumentInvalid", request(name, body)).await;
    }
    expect_error(400, 400_005, "ArgumentNull", request("odd", json!({}))).await;
    let longest = "x".repeat(64);
    put(&longest, json!({ "rights": "RegistryRead" })).await;
    delete(&longest).await;

    let first = put("versions", json!({ "rights": "RegistryRead" })).await;
    let tag = format!("\"{}\"", first["etag"].as_str().unwrap());
    let body = json!({ "rights": "RegistryWrite" });
    expect(
        200,
        request("versions", body.clone()).header("If-Match", &tag),
    )
    .await;
    let stale = request("versions", body).header("If-Match", &tag);
    expect_error(412, 412_001, "PreconditionFailed", stale).await;
    let rotate = format!("{}/keys/primary/regenerate", path("versions"));
    let stale = upload(0, Method::POST, &rotate, "").header("If-Match", &tag);
    expect_error(412, 412_001, "PreconditionFailed", stale).await;
    let neither = format!("{}/keys/third/regenerate", path("versions"));
    expect_error(
        400,
        400_004,
        "ArgumentInvalid",
        upload(0, Method::POST, &neither, ""),
    )
    .await;
    delete("versions").await;
}

#[tokio::test]
async fn only_who_has_every_permission_may_see_or_change_them() {
    let strings = &file().connection_strings;
    for connection_string in [&strings.service, &strings.device] {
        let client = ServiceClient::new(file(), node(0), connection_string).unwrap();
        for (method, path) in [
            (Method::GET, "/admin/policies"),
            (Method::GET, "/admin/policies/iothubowner"),
            (Method::PUT, "/admin/policies/mine"),
            (Method::DELETE, "/admin/policies/device"),
            (
                Method::POST,
                "/admin/policies/iothubowner/keys/primary/regenerate",
            ),
            (Method::GET, "/admin/certificates"),
            (Method::GET, "/admin/certificates/any"),
            (Method::PUT, "/admin/certificates/any"),
            (Method::DELETE, "/admin/certificates/any"),
            (Method::POST, "/admin/certificates/any/verification-code"),
            (Method::POST, "/admin/certificates/any/verify"),
            (Method::PUT, "/admin/certificates/any/crl"),
        ] {
            let request = client.authorized(method, path);
            expect_error(401, 401_002, "IotHubUnauthorizedAccess", request).await;
        }
    }
}
