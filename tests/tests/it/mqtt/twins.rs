//! Twins over raw MQTT: topics, statuses and bodies byte for byte, limits at and past their ends.

use reqwest::Method;
use roost_model::Limits;
use serde_json::{Value, json};

use crate::fixture::{Places, Publish, RawMqtt, TestDevice, node, owner};

const RESPONSES: (&str, u8) = ("$iothub/twin/res/#", 0);
const DESIRED: (&str, u8) = ("$iothub/twin/PATCH/properties/desired/#", 0);
const GET: &str = "$iothub/twin/GET/?$rid=";
const REPORT: &str = "$iothub/twin/PATCH/properties/reported/?$rid=";

fn request(connection: &mut RawMqtt, topic: &str, payload: &str) {
    let packet = Publish {
        qos: 0,
        ..Publish::new(topic, payload)
    };
    connection.send(&packet.bytes());
}

/// The status and body of the answer to a report.
fn report(connection: &mut RawMqtt, payload: &str) -> (String, Vec<u8>) {
    request(connection, &format!("{REPORT}r"), payload);
    connection.expect_publish()
}

/// The error that an answer carries; its status must be in the topic.
fn error(answer: (String, Vec<u8>), status: u16) -> u64 {
    let (topic, payload) = answer;
    assert_eq!(topic, format!("$iothub/twin/res/{status}/?$rid=r"));
    let body: Value = serde_json::from_slice(&payload).unwrap();
    for member in ["trackingId", "message", "timestampUtc"] {
        let text = body[member].as_str().unwrap();
        assert!(!text.is_empty(), "{member}");
    }
    body["errorCode"].as_u64().unwrap()
}

async fn change(at: usize, device: &TestDevice, method: Method, body: Value) -> Value {
    let path = format!("/twins/{}", device.id);
    owner(at).call(method, &path, Some(&body)).await.unwrap()
}

#[tokio::test]
async fn requests_are_answered_on_the_topics_that_sdks_compare() {
    let device = TestDevice::create("twin-topics").await;
    let places = Places::apart(&device).await;
    let mut connection = device.attach(node(places.device));
    assert_eq!(connection.subscribed(&[RESPONSES, DESIRED]), [0, 0]);

    request(&mut connection, &format!("{GET}a%20b"), " ");
    let (topic, body) = connection.expect_publish();
    assert_eq!(topic, "$iothub/twin/res/200/?$rid=a%20b");
    let empty = r#"{"desired":{"$version":1},"reported":{"$version":1}}"#;
    assert_eq!(String::from_utf8(body).unwrap(), empty);

    request(
        &mut connection,
        &format!("{REPORT}7"),
        r#"{"b":1,"a":null}"#,
    );
    let (topic, body) = connection.expect_publish();
    assert_eq!(topic, "$iothub/twin/res/204/?$rid=7&$version=2");
    assert_eq!(body, b"");

    change(
        places.service,
        &device,
        Method::PATCH,
        json!({"properties": {"desired": {"x": {"y": [1]}}}}),
    )
    .await;
    let (topic, body) = connection.expect_publish();
    assert_eq!(topic, "$iothub/twin/PATCH/properties/desired/?$version=2");
    assert_eq!(body, br#"{"x":{"y":[1]},"$version":2}"#);

    // Clearing a section names every key that goes.
    change(
        places.service,
        &device,
        Method::PATCH,
        json!({"properties": {"desired": null}}),
    )
    .await;
    let (topic, body) = connection.expect_publish();
    assert_eq!(topic, "$iothub/twin/PATCH/properties/desired/?$version=3");
    assert_eq!(body, br#"{"x":null,"$version":3}"#);
}

#[tokio::test]
async fn a_request_of_qos_1_is_answered_and_acknowledged() {
    let device = TestDevice::create("twin-qos").await;
    let mut connection = device.attach(node(0));
    assert_eq!(connection.subscribed(&[("$iothub/twin/res/#", 1)]), [1]);
    let packet = Publish {
        qos: 1,
        id: 9,
        ..Publish::new(&format!("{REPORT}q"), r#"{"a":1}"#)
    };
    connection.send(&packet.bytes());
    let (topic, _) = connection.expect_publish();
    assert_eq!(topic, "$iothub/twin/res/204/?$rid=q&$version=2");
    connection.expect_ack(9).unwrap();
}

#[tokio::test]
async fn a_report_may_ask_for_the_version_that_it_was_made_for() {
    let device = TestDevice::create("twin-version").await;
    let mut connection = device.attach(node(1));
    assert_eq!(connection.subscribed(&[RESPONSES]), [0]);
    request(
        &mut connection,
        &format!("{REPORT}r&$version=1"),
        r#"{"a":1}"#,
    );
    let (topic, _) = connection.expect_publish();
    assert_eq!(topic, "$iothub/twin/res/204/?$rid=r&$version=2");
    request(
        &mut connection,
        &format!("{REPORT}r&$version=1"),
        r#"{"a":2}"#,
    );
    assert_eq!(error(connection.expect_publish(), 412), 412_001);
}

#[tokio::test]
async fn what_is_no_document_of_a_twin_is_refused_and_changes_nothing() {
    let device = TestDevice::create("twin-bad").await;
    let mut connection = device.attach(node(2));
    assert_eq!(connection.subscribed(&[RESPONSES]), [0]);
    let bad = [
        "",
        "{",
        "[]",
        "7",
        r#"{"a":1,"a":2}"#,
        r#"{"a.b":1}"#,
        r#"{"$a":1}"#,
        r#"{"a b":1}"#,
        r#"{"":1}"#,
        r#"{"a":[null]}"#,
        r#"{"a":4503599627370496}"#,
        r#"{"a":1e999}"#,
    ];
    for payload in bad {
        let answer = report(&mut connection, payload);
        assert_eq!(error(answer, 400), 400_004, "{payload}");
    }
    request(&mut connection, &format!("{GET}1"), "");
    let (_, body) = connection.expect_publish();
    let twin: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(twin["reported"], json!({"$version": 1}));
}

#[tokio::test]
async fn a_report_at_each_limit_is_taken_and_one_past_it_is_refused() {
    let device = TestDevice::create("twin-limits").await;
    let mut connection = device.attach(node(0));
    assert_eq!(connection.subscribed(&[RESPONSES]), [0]);
    let nested = |depth: usize| {
        let inner = format!("{}1{}", r#"{"o":"#.repeat(depth), "}".repeat(depth));
        format!(r#"{{"o":{inner}}}"#)
    };
    let text = |length: usize| format!(r#"{{"t":"{}"}}"#, "x".repeat(length));
    let key = |length: usize| format!(r#"{{"{}":null}}"#, "k".repeat(length));
    let array = |length: usize| format!(r#"{{"l":["{}"]}}"#, "x".repeat(length));
    for (taken, refused) in [
        (nested(10), nested(11)),
        (text(4096), text(4097)),
        (array(4096), array(4097)),
        (key(1024), key(1025)),
        (
            r#"{"n":-4503599627370496}"#.to_owned(),
            r#"{"n":-4503599627370497}"#.to_owned(),
        ),
    ] {
        let (topic, _) = report(&mut connection, &taken);
        assert!(topic.starts_with("$iothub/twin/res/204/"), "{topic}");
        assert_eq!(error(report(&mut connection, &refused), 400), 400_004);
    }

    // Properties of one character and 4,095 more, as many as fit.
    let full = Limits::default().max_reported_bytes / 4096;
    let clear = r#"{"o":null,"t":null,"l":null,"n":null}"#;
    report(&mut connection, clear);
    for name in ('a'..='h').take(full) {
        let full = format!(r#"{{"{name}":"{}"}}"#, "x".repeat(4095));
        let (topic, _) = report(&mut connection, &full);
        assert!(topic.starts_with("$iothub/twin/res/204/"), "{topic}");
    }
    let past = report(&mut connection, r#"{"i":""}"#);
    assert_eq!(error(past, 413), 413_001);
    let (topic, _) = report(&mut connection, r#"{"h":null,"i":"x"}"#);
    assert!(topic.starts_with("$iothub/twin/res/204/"), "{topic}");
}

#[tokio::test]
async fn a_device_that_did_not_subscribe_is_not_told_and_one_that_left_off_no_more() {
    let device = TestDevice::create("twin-unsubscribed").await;
    let places = Places::apart(&device).await;
    let mut connection = device.attach(node(places.device));
    let set = |value: u32| json!({"properties": {"desired": {"v": value}}});
    change(places.service, &device, Method::PATCH, set(1)).await;
    assert_eq!(connection.subscribed(&[RESPONSES, DESIRED]), [0, 0]);
    change(places.service, &device, Method::PATCH, set(2)).await;
    let (topic, _) = connection.expect_publish();
    assert!(topic.ends_with("?$version=3"), "{topic}");
    connection.unsubscribe(&[DESIRED.0]);
    change(places.service, &device, Method::PATCH, set(3)).await;
    // The next thing that it hears is the answer to its own request.
    request(&mut connection, &format!("{GET}1"), "");
    let (topic, body) = connection.expect_publish();
    assert_eq!(topic, "$iothub/twin/res/200/?$rid=1");
    let twin: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(twin["desired"], json!({"v": 3, "$version": 4}));
}

#[tokio::test]
async fn a_device_reports_its_own_twin_only() {
    let device = TestDevice::create("twin-foreign").await;
    for topic in [
        "$iothub/twin/PATCH/properties/desired/?$rid=1",
        "$iothub/twin/PATCH/properties/reported/",
        "$iothub/twin/DELETE/?$rid=1",
    ] {
        let mut connection = device.attach(node(0));
        request(&mut connection, topic, "{}");
        connection.expect_close().unwrap();
    }
}
