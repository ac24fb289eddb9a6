//! A token that runs out while its device sends: the SDK renews it by connecting anew.

use std::collections::BTreeSet;
use std::time::Duration;

use roost_chaos::harness::until;
use serde_json::Value;

use crate::fixture::{
    ACCEPTED, Connect, NOT_AUTHORIZED, Publish, SOON, TestDevice, ask, connack, file, node, owner,
};
use crate::sdk::python;

/// The SDK renews two minutes before the end of a token, so one of this life is renewed every eight
/// seconds.
const TOKEN_LIFE: u64 = 128;
const RENEWALS: u64 = 4;

#[tokio::test]
async fn the_sdk_sends_through_renewals_and_nothing_is_lost_and_no_will_is_fired() {
    let device = TestDevice::create("renewal-sdk").await;
    let address = node(1).address.to_string();
    let key = device.credential.connection_string();
    let arguments = [
        "--connection-string".to_owned(),
        format!("{key};GatewayHostName={address}"),
        "--ca".into(),
        file().ca.display().to_string(),
        "--ttl".into(),
        TOKEN_LIFE.to_string(),
        "--renewals".into(),
        RENEWALS.to_string(),
    ];
    let told = python::run("renewal.py", &arguments).await.unwrap();
    let told: Value = serde_json::from_str(told.trim()).unwrap();
    println!("renewals of a token under load: {told}");
    let sent = told["sent"].as_u64().unwrap();
    assert!(told["renewals"].as_u64().unwrap() >= RENEWALS, "{told}");
    assert!(told["longest_gap_ms"].as_f64().unwrap() < 5_000.0, "{told}");

    let events = device.events().await;
    let will =
        |event: &&roost_chaos::harness::Event| event.property("iothub-MessageType").is_some();
    assert_eq!(events.iter().filter(will).count(), 0, "a will was fired");
    let numbers: BTreeSet<u64> = events
        .iter()
        .map(|event| event.property("n").unwrap().parse().unwrap())
        .collect();
    let missing: Vec<_> = (0..sent).filter(|n| !numbers.contains(n)).collect();
    assert!(
        missing.is_empty(),
        "acknowledged and not stored: {missing:?}"
    );
    println!(
        "stored {} events for {sent} acknowledged messages",
        events.len()
    );
}

fn short_lived(device: &TestDevice, seconds: u64) -> Connect {
    let lifetime = Duration::from_secs(seconds);
    Connect {
        password: Some(device.password(&device.credential.key, lifetime)),
        ..device.connect_packet()
    }
}

#[tokio::test]
async fn taking_over_with_a_new_token_fires_no_will_and_keeps_what_was_sent() {
    let device = TestDevice::create("renewal-raw").await;
    let with_will = |mut connect: Connect| {
        connect.will = Some((device.topic(), b"gone".to_vec()));
        connect
    };
    let mut old = device.attach_with(node(0), &with_will(short_lived(&device, 60)));
    for number in 1..=50u16 {
        let mut publish = Publish::new(&device.topic(), format!("{number}"));
        publish.id = number;
        old.send(&publish.bytes());
    }
    // At another node, while the messages are under way.
    let (mut new, code) = ask(node(1), &with_will(device.connect_packet()));
    assert_eq!(code, Some(ACCEPTED));
    let mut acknowledged = 0;
    while let Some(packet) = old.receive().unwrap() {
        assert_eq!(packet.first, 0x40, "PUBACK");
        acknowledged += 1;
        assert_eq!(packet.body, u16::to_be_bytes(acknowledged));
    }
    for number in acknowledged + 1..=50u16 {
        let mut publish = Publish::new(&device.topic(), format!("{number}"));
        publish.id = number;
        new.send(&publish.bytes());
        new.expect_ack(number).unwrap();
    }
    println!("{acknowledged} of 50 were acknowledged on the old connection");
    let events = device.events().await;
    // What was stored and not acknowledged in time is sent again and may stand there twice.
    let mut seen = BTreeSet::new();
    let first_of_each: Vec<_> = events
        .iter()
        .map(|event| event.body().unwrap())
        .filter(|body| seen.insert(body.clone()))
        .collect();
    let expected: Vec<_> = (1..=50)
        .map(|number| format!("{number}").into_bytes())
        .collect();
    assert_eq!(
        first_of_each, expected,
        "in order, each of them, and no will"
    );
    println!("{} of them are stored twice", events.len() - expected.len());
    new.disconnect();
}

#[tokio::test]
async fn a_session_outlives_its_token_by_the_grace_and_then_counts_as_gone() {
    let device = TestDevice::create("renewal-expiry").await;
    let connect = short_lived(&device, 2);
    let mut connection = device.attach_with(node(2), &connect);
    connection.expect_close().unwrap();
    assert_eq!(connack(&connect), Some(NOT_AUTHORIZED));
    let gone = until("the end of the session", SOON, async || {
        let document = owner(0).device(&device.id).await.unwrap();
        match document["connectionState"].as_str() {
            Some("Disconnected") => Ok(()),
            state => Err(format!("{state:?}")),
        }
    });
    gone.await.unwrap();
    assert!(device.events().await.is_empty(), "no will, nothing else");
}
