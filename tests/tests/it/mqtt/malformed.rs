//! Bytes that are no MQTT, before and after CONNECT.

use crate::fixture::{ACCEPTED, Connect, Publish, RawMqtt, Snapshot, TestDevice, ask, node};

#[tokio::test]
async fn what_is_not_connect_is_closed_without_an_answer() {
    TestDevice::create("malformed-first").await;
    // Long enough for the packet that its first two bytes announce.
    let http = format!("GET /{} HTTP/1.1\r\nHost: hub\r\n\r\n", "x".repeat(100));
    let publish = Publish::new("devices/malformed-first/messages/events/", "x").bytes();
    let cases: [(&str, &[u8]); 7] = [
        ("HTTP", http.as_bytes()),
        ("a PUBLISH", &publish),
        ("a PINGREQ", &[0xc0, 0]),
        ("packet type 0", &[0x00, 0]),
        ("packet type 15", &[0xf0, 0]),
        (
            "a length of five bytes",
            &[0x10, 0xff, 0xff, 0xff, 0xff, 0x7f],
        ),
        ("a CONNECT without content", &[0x10, 0]),
    ];
    for (what, bytes) in cases {
        let mut connection = RawMqtt::open(node(0)).unwrap();
        connection.send(bytes);
        connection
            .expect_close()
            .unwrap_or_else(|error| panic!("{what}: {error}"));
    }
}

#[tokio::test]
async fn other_versions_of_the_protocol_are_not_accepted() {
    let device = TestDevice::create("malformed-version").await;
    for protocol_level in [0, 3, 5, 6, 255] {
        let connect = Connect {
            protocol_level,
            ..device.connect_packet()
        };
        let mut connection = RawMqtt::open(node(0)).unwrap();
        connection.send(&connect.bytes());
        // A refusal may be a CONNACK of that version or just the end.
        if let Some(answer) = connection.receive().unwrap() {
            assert_eq!(answer.first, 0x20, "level {protocol_level}: {answer:?}");
            assert_ne!(answer.body[1], ACCEPTED, "level {protocol_level}");
        }
    }
}

#[tokio::test]
async fn a_malformed_packet_ends_the_session_and_stores_nothing() {
    let device = TestDevice::create("malformed-later").await;
    let before = Snapshot::of(&device).await;
    let topic = device.topic();
    let good = Publish::new(&topic, "payload");
    let subscribe_flags = [0x80, 8, 0, 7, 0, 3, b'a', b'/', b'b', 1];
    let cases = [
        ("packet type 0", vec![0x00, 0]),
        ("packet type 15", vec![0xf0, 0]),
        ("a second CONNECT", device.connect_packet().bytes()),
        ("a CONNACK", vec![0x20, 2, 0, 0]),
        (
            "QoS 3",
            Publish {
                qos: 3,
                ..good.clone()
            }
            .bytes(),
        ),
        (
            "packet id 0",
            Publish {
                id: 0,
                ..good.clone()
            }
            .bytes(),
        ),
        (
            "an empty topic",
            Publish {
                topic: Vec::new(),
                ..good.clone()
            }
            .bytes(),
        ),
        (
            "a topic with a wildcard",
            Publish::new(&format!("{topic}#"), "payload").bytes(),
        ),
        (
            "a topic that is not UTF-8",
            Publish {
                topic: vec![0xff, 0xfe],
                ..good.clone()
            }
            .bytes(),
        ),
        (
            "a topic longer than its packet",
            vec![0x32, 4, 0xff, 0xff, b'a', b'b'],
        ),
        ("a PUBLISH without packet id", vec![0x32, 3, 0, 1, b'a']),
        ("a SUBSCRIBE with wrong flags", subscribe_flags.to_vec()),
        ("a SUBSCRIBE without filters", vec![0x82, 2, 0, 7]),
        (
            "a length of five bytes",
            vec![0x30, 0xff, 0xff, 0xff, 0xff, 0x01],
        ),
        ("a PUBACK of three bytes", vec![0x40, 3, 0, 1, 0]),
    ];
    for (number, (what, bytes)) in cases.into_iter().enumerate() {
        let mut connection = device.attach(node(number % 3));
        connection.send(&bytes);
        connection
            .expect_close()
            .unwrap_or_else(|error| panic!("{what}: {error}"));
    }
    before.assert_unchanged().await;

    // The node is none the worse for it.
    let (mut connection, code) = ask(node(0), &device.connect_packet());
    assert_eq!(code, Some(ACCEPTED));
    connection.send(&good.bytes());
    connection.expect_ack(1).unwrap();
}

#[tokio::test]
async fn what_was_sent_before_a_malformed_packet_is_not_lost_with_it() {
    let device = TestDevice::create("malformed-after").await;
    let mut connection = device.attach(node(1));
    for id in 1..=3 {
        let publish = Publish {
            id,
            ..Publish::new(&device.topic(), format!("{id}"))
        };
        connection.send(&publish.bytes());
        connection.expect_ack(id).unwrap();
    }
    connection.send(&[0xf0, 0]);
    connection.expect_close().unwrap();
    assert_eq!(device.events().await.len(), 3);
}
