//! Tokens on `$cbs` that prove nothing, and what a connection may not do without one that does.

use std::time::Duration;

use roost_amqp::codec::message::{Body, Message};
use roost_amqp::codec::{Encode as _, Map, Role, Value};
use roost_chaos::harness::amqp::frames;
use roost_chaos::harness::{from_now, now};
use roost_model::{SymmetricKey, Timestamp};
use roost_mqtt::azure;

use super::Witness;
use crate::fixture::{RawAmqp, Snapshot, TestDevice, accepted, node, owner, telemetry_of};

const UNAUTHORIZED: &str = "amqp:unauthorized-access";

fn token_until(device: &TestDevice, key: &SymmetricKey, end: Timestamp) -> String {
    let credential = &device.credential;
    azure::password(credential.host.as_str(), &credential.identity, key, end)
}

#[tokio::test]
async fn a_token_that_proves_nothing_is_refused_and_opens_nothing() {
    let witness = Witness::at(0, "tokens").await;
    let device = TestDevice::create("amqp-tokens").await;
    let before = Snapshot::of(&device).await;
    let key = &device.credential.key;
    let soon = from_now(Duration::from_secs(3_600));
    let wrong_key = SymmetricKey::from_base64("d3Jvbmcga2V5IHdyb25nIGtleQ==").unwrap();
    let good = token_until(&device, key, soon);
    let stranger = good.replace("amqp-tokens", "amqp-nobody");
    let mut peer = RawAmqp::open(node(0));
    for (what, token, status) in [
        ("no token", "hello".to_owned(), 401),
        ("nothing", String::new(), 401),
        ("no signature", good.replace("sig=", "gis="), 401),
        ("the wrong key", token_until(&device, &wrong_key, soon), 401),
        (
            "expired",
            token_until(&device, key, Timestamp(now().as_millis() - 3_600_000)),
            401,
        ),
        ("of nobody", stranger, 404),
        ("another hub", token_of_another_hub(&device, soon), 401),
    ] {
        assert_eq!(peer.put_token(&token).unwrap(), status, "{what}");
    }
    let attach = frames::attach(5, Role::Sender, &telemetry_of(&device));
    let refused = peer.attach(&attach).unwrap().unwrap_err();
    assert_eq!(refused.condition, UNAUTHORIZED, "{refused:?}");
    before.assert_unchanged().await;
    // The connection has not lost anything by it.
    assert_eq!(peer.put_token(&good).unwrap(), 200);
    witness.ends_unharmed().await;
}

fn token_of_another_hub(device: &TestDevice, end: Timestamp) -> String {
    let credential = &device.credential;
    azure::password(
        "elsewhere.example",
        &credential.identity,
        &credential.key,
        end,
    )
}

#[tokio::test]
async fn a_device_speaks_for_itself_and_for_nobody_else() {
    let witness = Witness::at(1, "itself").await;
    let device = TestDevice::create("amqp-itself").await;
    let victim = TestDevice::create("amqp-victim").await;
    let before = Snapshot::of(&victim).await;
    let mut peer = RawAmqp::device(node(1), &device);
    let id = &victim.id;
    for (number, (role, address)) in [
        (Role::Sender, telemetry_of(&victim)),
        (
            Role::Receiver,
            format!("/devices/{id}/messages/devicebound"),
        ),
        (Role::Receiver, format!("/devices/{id}/twin")),
        (Role::Sender, format!("/devices/{id}/twin")),
        (Role::Receiver, format!("/devices/{id}/methods/devicebound")),
        (
            Role::Sender,
            format!("/devices/{id}/modules/m/messages/events"),
        ),
        (
            Role::Sender,
            "/devices/amqp-nobody/messages/events".to_owned(),
        ),
        (Role::Sender, "/messages/devicebound".to_owned()),
        (Role::Receiver, "/messages/servicebound/feedback".to_owned()),
        (Role::Receiver, "/messages/events".to_owned()),
    ]
    .into_iter()
    .enumerate()
    {
        let handle = 50 + u32::try_from(number).unwrap();
        let attach = frames::attach(handle, role, &address);
        let refused = peer.attach(&attach).unwrap().unwrap_err();
        assert_eq!(refused.condition, UNAUTHORIZED, "{address}: {refused:?}");
    }
    // What a message says about its origin is not believed.
    let message = Message {
        message_annotations: Some(
            Map::new()
                .symbol("iothub-connection-device-id", id.as_str())
                .symbol("iothub-message-source", "twinChangeEvents"),
        ),
        body: Body::Data(vec![b"mine".to_vec().into()]),
        ..Message::default()
    };
    peer.send(crate::fixture::TELEMETRY, 0, &message.to_bytes())
        .unwrap();
    let events = device.wait_for_events(1).await;
    assert_eq!(events[0].body().unwrap(), b"mine");
    before.assert_unchanged().await;
    accepted(&mut peer, b"still here");
    witness.ends_unharmed().await;
}

#[tokio::test]
async fn a_device_that_is_unknown_or_disabled_does_not_attach() {
    let witness = Witness::at(2, "unknown").await;
    let gone = TestDevice::create("amqp-gone").await;
    let delete = owner(0).authorized(reqwest::Method::DELETE, "/devices/amqp-gone");
    let deleted = delete.header("If-Match", "*").send().await.unwrap();
    assert_eq!(deleted.status(), 204);
    let mut peer = RawAmqp::open(node(2));
    let status = peer.put_token(&gone.credential.token()).unwrap();
    assert!([401, 404].contains(&status), "{status}");
    let attach = frames::attach(5, Role::Sender, &telemetry_of(&gone));
    let refused = peer.attach(&attach).unwrap().unwrap_err();
    let known = [UNAUTHORIZED, "amqp:not-found"];
    assert!(known.contains(&refused.condition.as_str()), "{refused:?}");
    witness.ends_unharmed().await;
}

#[tokio::test]
async fn a_request_that_is_none_is_answered_and_nothing_ends() {
    let witness = Witness::at(0, "requests").await;
    let mut peer = RawAmqp::open(node(0));
    let operation = |name: &str| Message {
        application_properties: Some(Map::new().string("operation", name)),
        body: Body::value(&Value::from("token")),
        ..Message::default()
    };
    for (what, message) in [
        ("no operation", Message::data("x")),
        ("an unknown operation", operation("delete-token")),
        (
            "no text",
            Message {
                body: Body::value(&Value::Uint(7)),
                ..operation("put-token")
            },
        ),
    ] {
        assert_eq!(peer.ask_cbs(&message.to_bytes()).unwrap(), 400, "{what}");
    }
    witness.ends_unharmed().await;
}
