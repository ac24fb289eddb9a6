//! Delivery over MQTT, packet by packet.

use std::time::Duration;

use crate::c2d::back_end::{blocking, enqueue, filter, list, receive, wait_until_empty};
use crate::fixture::{Packet, Places, TestDevice, node, owner};

/// How long nothing must come for us to believe that nothing will: what is wrong here would be there
/// at once.
const QUIET: Duration = Duration::from_millis(700);

#[tokio::test]
async fn messages_go_through_three_nodes_in_order_and_are_completed_by_their_acknowledgements() {
    let device = TestDevice::create("c2d-order").await;
    let places = Places::apart(&device).await;
    let mut connection = device.attach(node(places.device));
    assert_eq!(connection.subscribed(&[(&filter(&device), 1)]), [1]);
    // More than a session holds at once.
    for number in 0..40 {
        enqueue(places.service, &device, &[], &number.to_string()).await;
    }
    let (_, bodies) = blocking(connection, |connection| {
        let mut bodies = Vec::new();
        for _ in 0..40 {
            let message = connection.expect_message();
            connection.acknowledge(message.id);
            bodies.push(String::from_utf8(message.payload).unwrap());
        }
        bodies
    })
    .await;
    let expected: Vec<String> = (0..40).map(|number| number.to_string()).collect();
    assert_eq!(bodies, expected);
    wait_until_empty(&device).await;
}

#[tokio::test]
async fn a_message_has_the_topic_that_every_sdk_reads() {
    let device = TestDevice::create("c2d-topic").await;
    let mut connection = device.attach(node(0));
    connection.subscribed(&[(&filter(&device), 1)]);
    let headers = [
        ("iothub-messageid", "m/1"),
        ("iothub-correlationid", "c"),
        ("iothub-contenttype", "application/json"),
        ("iothub-ack", "full"),
        ("iothub-app-property1", "value 1"),
    ];
    enqueue(1, &device, &headers, "{}").await;
    let message = connection.expect_message();
    let topic = message
        .topic
        .strip_prefix("devices/c2d-topic/messages/devicebound/");
    let bag = topic.unwrap();
    assert!(
        bag.starts_with("%24.to=%2Fdevices%2Fc2d-topic%2Fmessages%2FdeviceBound&%24."),
        "{bag}"
    );
    for pair in [
        "%24.mid=m%2F1",
        "%24.cid=c",
        "%24.ct=application%2Fjson",
        "iothub-ack=full",
        "property1=value%201",
    ] {
        assert!(bag.split('&').any(|found| found == pair), "{pair}: {bag}");
    }
    assert_eq!(
        (message.payload.as_slice(), message.dup),
        (&b"{}"[..], false)
    );
    connection.acknowledge(message.id);
    wait_until_empty(&device).await;
}

#[tokio::test]
async fn nothing_is_sent_to_a_device_that_has_not_subscribed() {
    let device = TestDevice::create("c2d-deaf").await;
    let connection = device.attach(node(1));
    enqueue(0, &device, &[], "waits").await;
    let (mut connection, ()) = blocking(connection, |connection| {
        connection.expect_silence(QUIET);
    })
    .await;
    let waiting = list(2, &device, "queue").await;
    assert_eq!(waiting.len(), 1);
    assert_eq!(waiting[0]["lockedUntilUtc"], serde_json::Value::Null);
    // It is there as soon as the device asks, and it is no repetition.
    connection.subscribed(&[(&filter(&device), 1)]);
    let message = connection.expect_message();
    assert!(!message.dup);
    connection.acknowledge(message.id);
    wait_until_empty(&device).await;
}

/// The leader may send what waits before the edge knows that the subscription is noted.
#[tokio::test]
async fn what_waits_comes_at_once_when_a_device_subscribes() {
    let mut connections = Vec::new();
    for number in 0..48 {
        let device = TestDevice::create(&format!("c2d-first-{number}")).await;
        let places = Places::apart(&device).await;
        let at = if number % 2 == 0 {
            places.device
        } else {
            places.service
        };
        enqueue(at, &device, &[], "waits").await;
        connections.push((device.attach(node(at)), filter(&device)));
    }
    // All at once, so that answers take their time.
    for (connection, filter) in &mut connections {
        connection.subscribe(&[(filter, 1)]);
    }
    for (mut connection, _) in connections {
        assert_eq!(connection.expect_suback(), [1]);
        assert_eq!(connection.expect_message().payload, b"waits");
    }
}

#[tokio::test]
async fn what_was_not_acknowledged_comes_again_at_once_when_the_device_comes_back() {
    let device = TestDevice::create("c2d-again").await;
    let mut first = device.attach(node(0));
    first.subscribed(&[(&filter(&device), 1)]);
    enqueue(1, &device, &[], "a").await;
    enqueue(1, &device, &[], "b").await;
    let message = first.expect_message();
    assert_eq!(message.payload, b"a");
    drop(first);
    // The hub remembers what the device has subscribed to.
    let mut second = device.attach(node(2));
    for body in [b"a", b"b"] {
        let message = second.expect_message();
        assert_eq!(message.payload, body);
        if body == b"a" {
            assert!(message.dup, "it was delivered before");
        }
        second.acknowledge(message.id);
    }
    wait_until_empty(&device).await;
}

#[tokio::test]
async fn a_subscription_without_acknowledgements_completes_by_handing_over() {
    let device = TestDevice::create("c2d-qos0").await;
    let mut connection = device.attach(node(0));
    assert_eq!(connection.subscribed(&[(&filter(&device), 0)]), [0]);
    enqueue(1, &device, &[], "a").await;
    enqueue(2, &device, &[], "b").await;
    for body in [b"a", b"b"] {
        let (topic, payload) = connection.expect_publish();
        assert!(topic.starts_with("devices/c2d-qos0/messages/devicebound/%24.to="));
        assert_eq!(payload, body);
    }
    wait_until_empty(&device).await;
}

#[tokio::test]
async fn a_device_that_stops_listening_gets_nothing_more() {
    let device = TestDevice::create("c2d-unsubscribed").await;
    let mut connection = device.attach(node(0));
    connection.subscribed(&[(&filter(&device), 1)]);
    connection.unsubscribed(&[&filter(&device)]);
    enqueue(1, &device, &[], "waits").await;
    let (connection, ()) = blocking(connection, |connection| {
        connection.expect_silence(QUIET);
    })
    .await;
    connection.disconnect();
    let received = receive(2, &device, "").await.unwrap();
    assert_eq!(received.body, b"waits");
}

#[tokio::test]
async fn what_the_other_side_of_a_takeover_held_goes_to_the_new_session() {
    let device = TestDevice::create("c2d-takeover").await;
    let mut older = device.attach(node(0));
    older.subscribed(&[(&filter(&device), 1)]);
    enqueue(1, &device, &[], "a").await;
    assert_eq!(older.expect_message().payload, b"a");
    let mut newer = device.attach(node(1));
    let message = newer.expect_message();
    assert_eq!((message.payload.as_slice(), message.dup), (&b"a"[..], true));
    newer.acknowledge(message.id);
    wait_until_empty(&device).await;
    older.expect_close().unwrap();
}

#[tokio::test]
async fn a_deleted_device_takes_its_messages_with_it() {
    let device = TestDevice::create("c2d-deleted").await;
    enqueue(0, &device, &[], "old").await;
    let path = format!("/devices/{}", device.id);
    let gone = owner(1)
        .authorized(reqwest::Method::DELETE, &path)
        .send()
        .await
        .unwrap();
    assert_eq!(gone.status(), 204);
    let again = TestDevice::create("c2d-deleted").await;
    assert!(receive(2, &again, "").await.is_none());
    let mut connection = again.attach(node(0));
    connection.subscribed(&[(&filter(&again), 1)]);
    enqueue(0, &again, &[], "new").await;
    let message = connection.expect_message();
    assert_eq!(message.payload, b"new");
    connection.acknowledge(message.id);
    let ping = Packet {
        first: 0xd0,
        body: vec![],
    };
    connection.send(&[0xc0, 0]);
    assert_eq!(
        connection.receive().unwrap(),
        Some(ping),
        "nothing else came"
    );
}
