//! The life of a session: takeover, keep-alive, will.

use std::time::{Duration, Instant};

use roost_chaos::harness::until;

use crate::fixture::{Connect, Publish, SOON, TestDevice, node, owner};

#[tokio::test]
async fn the_newest_session_of_an_identity_wins_on_whatever_node() {
    let device = TestDevice::create("session-takeover").await;
    let mut older = device.attach(node(0));
    older.send(&Publish::new(&device.topic(), "0").bytes());
    older.expect_ack(1).unwrap();
    for round in 1..=6 {
        let mut newer = device.attach(node(round % 3));
        older.expect_close().unwrap();
        newer.send(&Publish::new(&device.topic(), round.to_string()).bytes());
        newer.expect_ack(1).unwrap();
        older = newer;
    }
    let bodies: Vec<Vec<u8>> = device
        .events()
        .await
        .iter()
        .map(|event| event.body().unwrap())
        .collect();
    let expected: Vec<Vec<u8>> = (0..=6)
        .map(|round| round.to_string().into_bytes())
        .collect();
    assert_eq!(bodies, expected);
}

#[tokio::test]
async fn the_registry_tells_who_is_connected() {
    let device = TestDevice::create("session-state").await;
    let state = async |expected: &str| {
        let found = until("the connection state", SOON, async || {
            let document = owner(0)
                .device(&device.id)
                .await
                .map_err(|error| error.to_string())?;
            let state = document["connectionState"].to_string();
            if state.contains(expected) {
                Ok(())
            } else {
                Err(state)
            }
        });
        found.await.unwrap();
    };
    state("\"Disconnected\"").await;
    let connection = device.attach(node(1));
    state("\"Connected\"").await;
    connection.disconnect();
    state("\"Disconnected\"").await;
}

#[tokio::test]
async fn a_silent_client_is_dropped_after_one_and_a_half_keep_alives() {
    let device = TestDevice::create("session-silent").await;
    let connect = Connect {
        keep_alive: 2,
        ..device.connect_packet()
    };
    let mut connection = device.attach_with(node(0), &connect);
    let begin = Instant::now();
    connection.expect_close().unwrap();
    let silent = begin.elapsed();
    assert!(silent > Duration::from_secs(2), "dropped after {silent:?}");
    assert!(silent < Duration::from_secs(8), "dropped after {silent:?}");
}

#[tokio::test]
async fn a_lost_device_leaves_its_will_as_telemetry_and_a_leaving_one_does_not() {
    let device = TestDevice::create("session-will").await;
    let topic = device.credential.topic(&[("reason", "gone")]);
    let connect = Connect {
        will: Some((topic, b"last words".to_vec())),
        ..device.connect_packet()
    };

    device.attach_with(node(0), &connect).disconnect();
    drop(device.attach_with(node(1), &connect)); // lost
    let events = device.wait_for_events(1).await;

    // A message behind it proves that the polite session left nothing that was merely late.
    let mut connection = device.attach(node(2));
    connection.send(&Publish::new(&device.topic(), "next").bytes());
    connection.expect_ack(1).unwrap();
    assert_eq!(device.events().await.len(), 2);
    assert_eq!(events[0].body().unwrap(), b"last words");
    assert_eq!(events[0].property("iothub-MessageType"), Some("Will"));
    assert_eq!(events[0].property("reason"), Some("gone"));
}

#[tokio::test]
async fn a_will_for_somebody_else_is_refused_at_connect() {
    let device = TestDevice::create("session-heir").await;
    let topic = "devices/session-will/messages/events/".to_owned();
    let connect = Connect {
        will: Some((topic, b"x".to_vec())),
        ..device.connect_packet()
    };
    assert_ne!(
        crate::fixture::connack(&connect),
        Some(crate::fixture::ACCEPTED)
    );
    assert!(device.events().await.is_empty());
}
