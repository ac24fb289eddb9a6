//! Telemetry as devices send it and back ends read it.

use roost_mqtt::client::QoS;

use crate::fixture::{Publish, TestDevice, node};

#[tokio::test]
async fn a_message_keeps_its_properties_and_gets_those_of_the_hub() {
    let device = TestDevice::create("telemetry-bag").await;
    let mut connection = device.attach(node(1));
    let topic = device.credential.topic(&[
        ("$.mid", "m-1"),
        ("$.cid", "c-1"),
        ("$.ct", "application/json"),
        ("$.ce", "utf-8"),
        ("level", "7"),
        ("with space/ä", "a=b&c+d%"),
        // Nobody may pretend to be somebody else.
        ("iothub-connection-device-id", "somebody"),
    ]);
    connection.send(&Publish::new(&format!("{topic}&flag"), "{}").bytes());
    connection.expect_ack(1).unwrap();

    let events = device.wait_for_events(1).await;
    let event = &events[0];
    assert_eq!(event.system("message-id"), Some("m-1"));
    assert_eq!(event.system("correlation-id"), Some("c-1"));
    assert_eq!(event.system("content-type"), Some("application/json"));
    assert_eq!(event.system("content-encoding"), Some("utf-8"));
    assert_eq!(event.property("level"), Some("7"));
    assert_eq!(event.property("with space/ä"), Some("a=b&c+d%"));
    assert_eq!(
        event.properties.get("flag"),
        Some(&None),
        "a key without a value"
    );
    assert_eq!(event.body().unwrap(), b"{}");

    assert_eq!(
        event.system("iothub-connection-device-id"),
        Some("telemetry-bag")
    );
    assert_eq!(event.system("iothub-message-source"), Some("Telemetry"));
    let method = event.system("iothub-connection-auth-method").unwrap();
    assert!(
        method.contains(r#""scope":"device""#) && method.contains(r#""type":"sas""#),
        "{method}"
    );
    assert!(
        event
            .system("iothub-connection-auth-generation-id")
            .is_some()
    );
    assert_eq!(
        event.system("iothub-enqueuedtime"),
        Some(event.enqueued_time_utc.as_str())
    );
    assert_eq!(event.offset, event.sequence_number.to_string());
    assert_eq!(event.partition, device.partition);
}

#[tokio::test]
async fn the_retain_flag_becomes_a_property_and_nothing_is_retained() {
    let device = TestDevice::create("telemetry-retain").await;
    let mut connection = device.attach(node(0));
    connection.send(
        &Publish {
            retain: true,
            ..Publish::new(&device.topic(), "x")
        }
        .bytes(),
    );
    connection.expect_ack(1).unwrap();
    let events = device.wait_for_events(1).await;
    assert_eq!(events[0].property("mqtt-retain"), Some("true"));
}

#[tokio::test]
async fn every_form_of_the_topic_that_devices_write_is_understood() {
    let device = TestDevice::create("telemetry-forms").await;
    let base = "devices/telemetry-forms/messages/events";
    let mut connection = device.attach(node(2));
    let topics = [
        "",
        "/",
        "/a=1",
        "/?a=1",
        "/a=1/",
        "/%24.ct=text%2Fplain&a=1",
    ];
    for (id, end) in (1..).zip(topics) {
        connection.send(
            &Publish {
                id,
                ..Publish::new(&format!("{base}{end}"), end)
            }
            .bytes(),
        );
        connection.expect_ack(id).unwrap();
    }
    let events = device.events().await;
    assert_eq!(events.len(), topics.len());
    for (event, topic) in events.iter().zip(topics) {
        let expected = topic.contains("a=1").then_some("1");
        assert_eq!(event.property("a"), expected, "{topic}: {event:?}");
    }
    assert_eq!(events[5].system("content-type"), Some("text/plain"));
}

#[tokio::test]
async fn pipelined_messages_are_acknowledged_and_stored_in_order_and_readable_at_every_node() {
    const COUNT: usize = 2000;
    let device = TestDevice::create("telemetry-order").await;
    let client = device.client(node(1)).await.unwrap();
    let topic = device.topic();
    let messages = (0..COUNT).map(|number| (topic.as_str(), number.to_string()));
    client.publish_many(messages).await.unwrap().await.unwrap();
    client.disconnect().await;

    for index in 0..3 {
        let bodies: Vec<Vec<u8>> = device
            .events_at(index)
            .await
            .iter()
            .map(|event| event.body().unwrap())
            .collect();
        let expected: Vec<Vec<u8>> = (0..COUNT).map(|n| n.to_string().into_bytes()).collect();
        assert_eq!(bodies, expected, "read at node {}", node(index).id);
    }
}

#[tokio::test]
async fn qos_0_is_stored_as_well() {
    let device = TestDevice::create("telemetry-qos0").await;
    let client = device.client(node(0)).await.unwrap();
    for number in 0..10 {
        let payload = number.to_string();
        let sent = client
            .publish(&device.topic(), payload.as_bytes(), QoS::AtMostOnce)
            .await;
        sent.unwrap().await.unwrap();
    }
    let events = device.wait_for_events(10).await;
    assert_eq!(events.len(), 10);
    client.disconnect().await;
}
