//! Well-formed packets that a hub does not take.

use roost_model::Limits;

use crate::fixture::{Packet, Publish, Snapshot, TestDevice, node};

#[tokio::test]
async fn a_foreign_topic_ends_the_session_and_stores_nothing() {
    let device = TestDevice::create("refused-topic").await;
    let victim = TestDevice::create("refused-victim").await;
    let (before, before_victim) = (Snapshot::of(&device).await, Snapshot::of(&victim).await);
    for topic in [
        "devices/refused-victim/messages/events/",
        "devices/REFUSED-TOPIC/messages/events/",
        "devices/refused-topic/modules/m/messages/events/",
        "devices/refused-topic/messages/devicebound/",
        "devices/refused-topic/messages",
        "devices/refused-topic",
        "telemetry",
        "/devices/refused-topic/messages/events/",
        "$SYS/broker",
        "$iothub/unknown",
    ] {
        let mut connection = device.attach(node(0));
        connection.send(&Publish::new(topic, "x").bytes());
        connection
            .expect_close()
            .unwrap_or_else(|error| panic!("{topic}: {error}"));
    }
    before.assert_unchanged().await;
    before_victim.assert_unchanged().await;
}

#[tokio::test]
async fn qos_2_ends_the_session_and_stores_nothing() {
    let device = TestDevice::create("refused-qos").await;
    let before = Snapshot::of(&device).await;
    let mut connection = device.attach(node(1));
    connection.send(
        &Publish {
            qos: 2,
            ..Publish::new(&device.topic(), "x")
        }
        .bytes(),
    );
    connection.expect_close().unwrap();
    before.assert_unchanged().await;
}

#[tokio::test]
async fn a_message_of_the_limit_is_taken_and_one_byte_more_ends_the_session() {
    let device = TestDevice::create("refused-size").await;
    let mut connection = device.attach(node(2));
    let limit = Limits::default().max_message_bytes;
    let largest = vec![b'x'; limit];
    connection.send(&Publish::new(&device.topic(), largest.clone()).bytes());
    connection.expect_ack(1).unwrap();
    let events = device.wait_for_events(1).await;
    assert_eq!(events[0].body().unwrap(), largest);

    let before = Snapshot::of(&device).await;
    let too_large = [largest, vec![b'x']].concat();
    connection.send(&Publish::new(&device.topic(), too_large).bytes());
    connection.expect_close().unwrap();
    // Properties count as well.
    let mut connection = device.attach(node(2));
    let topic = device.credential.topic(&[("name", "value")]);
    connection.send(&Publish::new(&topic, vec![b'x'; limit - 8]).bytes());
    connection.expect_close().unwrap();
    before.assert_unchanged().await;
}

#[tokio::test]
async fn filters_of_others_are_refused_and_own_ones_granted_at_most_qos_1() {
    let device = TestDevice::create("refused-filter").await;
    let mut connection = device.attach(node(0));
    connection.subscribe(&[
        ("devices/refused-filter/messages/devicebound/#", 2),
        ("devices/another/messages/devicebound/#", 1),
        ("$iothub/methods/POST/#", 0),
        ("#", 1),
        ("$iothub/twin/res/#", 1),
    ]);
    let granted = connection.receive().unwrap();
    let body = vec![0, 7, 1, 0x80, 0, 0x80, 1];
    assert_eq!(granted, Some(Packet { first: 0x90, body }));
}
