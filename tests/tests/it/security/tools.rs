use reqwest::{Method, RequestBuilder};
use roost_chaos::harness::{DevNode, until};
use roost_model::{HubName, Identity};
use roost_mqtt::azure;
use rustls::version::{TLS12, TLS13};
use serde_json::{Value, json};

use crate::fixture::{
    Connect, SOON, TestCertificate, ask_with, assert_error, cluster, file, owner,
};

/// Creates an identity with this authentication.
pub(super) async fn create(identity: &str, authentication: Value) -> Identity {
    let identity: Identity = identity.parse().unwrap();
    let device = identity.device.as_str();
    let body = match &identity.module {
        None => json!({
            "deviceId": device, "status": "enabled", "authentication": authentication
        }),
        Some(module) => json!({
            "deviceId": device, "moduleId": module.as_str(), "authentication": authentication
        }),
    };
    let answer: Value = owner(0)
        .call(Method::PUT, &path(&identity), Some(&body))
        .await
        .unwrap();
    assert!(answer["etag"].is_string(), "{answer}");
    identity
}

/// Path of an identity.
pub(super) fn path(identity: &Identity) -> String {
    match &identity.module {
        None => format!("/devices/{}", identity.device),
        Some(module) => format!("/devices/{}/modules/{module}", identity.device),
    }
}

pub(super) fn self_signed(primary: &str, secondary: Option<&str>) -> Value {
    json!({
        "type": "selfSigned",
        "x509Thumbprint": { "primaryThumbprint": primary, "secondaryThumbprint": secondary },
    })
}

/// CONNECT without a password.
pub(super) fn connect(identity: &Identity) -> Connect {
    let hub = HubName::parse(&file().hostname).unwrap();
    Connect {
        protocol_level: 4,
        client_id: identity.to_string(),
        username: Some(azure::username(hub.as_str(), identity)),
        password: None,
        keep_alive: 60,
        will: None,
    }
}

/// What a node answers to CONNECT of an identity that shows a certificate, over TLS 1.2 and 1.3.
pub(super) fn answers(
    node: &DevNode,
    identity: &Identity,
    certificate: &TestCertificate,
) -> [Option<u8>; 2] {
    [&TLS12, &TLS13].map(|version| {
        let tls = certificate.tls(&[version]);
        ask_with(node, &connect(identity), tls).1
    })
}

/// The log of some node has a line about this identity with this text in it.
pub(super) async fn log_tells(identity: &Identity, text: &str) {
    let id = identity.to_string();
    let told = until("a line in a log", SOON, async || {
        let nodes = file().nodes.iter();
        let found = nodes.map(|node| cluster().node_log(node.id)).any(|log| {
            log.lines()
                .any(|line| line.contains(&id) && line.contains(text))
        });
        if found {
            Ok(())
        } else {
            Err(format!("nothing about {id} says {text:?}"))
        }
    });
    told.await.unwrap();
}

/// A request of the hub's owner at a node with a body as it is.
pub(super) fn upload(index: usize, method: Method, path: &str, body: &str) -> RequestBuilder {
    owner(index).authorized(method, path).body(body.to_owned())
}

/// The answer must have this status; the document in it, or null.
pub(super) async fn expect(status: u16, request: RequestBuilder) -> Value {
    let answer = request.send().await.unwrap();
    let found = answer.status().as_u16();
    let text = answer.text().await.unwrap();
    assert_eq!(found, status, "{text}");
    serde_json::from_str(&text).unwrap_or_default()
}

/// The answer must be this error, told in header and body alike.
pub(super) async fn expect_error(status: u16, code: u64, name: &str, request: RequestBuilder) {
    let answer = request.send().await.unwrap();
    assert_error(name, answer, status, name, code).await;
}
