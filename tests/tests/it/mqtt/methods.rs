//! Direct methods over raw MQTT: what a back end is told in every case.

use std::time::{Duration, Instant};

use reqwest::Method;
use roost_chaos::harness::ServiceRefusal;
use roost_model::Limits;
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use crate::fixture::{Places, Publish, RawMqtt, TestDevice, node, owner};

pub(crate) const REQUESTS: (&str, u8) = ("$iothub/methods/POST/#", 0);

/// Calls a method of a device at a node, in the background.
fn invoke(
    at: usize,
    device: &TestDevice,
    body: Value,
) -> JoinHandle<Result<Value, ServiceRefusal>> {
    let path = format!("/twins/{}/methods", device.id);
    tokio::spawn(async move {
        let called = owner(at).call(Method::POST, &path, Some(&body)).await;
        called.map_err(|error| error.downcast().expect("the hub answers"))
    })
}

fn code(refusal: &ServiceRefusal) -> u64 {
    let body: Value = serde_json::from_str(&refusal.body).unwrap();
    body["errorCode"].as_u64().unwrap()
}

/// Takes a request for `name` and gives its request id and payload.
pub(crate) fn request(connection: &mut RawMqtt, name: &str) -> (String, Vec<u8>) {
    let (topic, payload) = connection.expect_publish();
    let rid = topic.strip_prefix(&format!("$iothub/methods/POST/{name}/?$rid="));
    let rid = rid.unwrap_or_else(|| panic!("{topic}"));
    (rid.to_owned(), payload)
}

pub(crate) fn respond(connection: &mut RawMqtt, status: i32, rid: &str, payload: &str) {
    let answer = Publish {
        qos: 0,
        ..Publish::new(
            &format!("$iothub/methods/res/{status}/?$rid={rid}"),
            payload,
        )
    };
    connection.send(&answer.bytes());
}

/// Waits on another thread, so that the test's runtime can go on calling.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.unwrap()
}

#[tokio::test]
async fn a_method_goes_to_the_device_and_its_answer_back_through_three_nodes() {
    let device = TestDevice::create("method-answer").await;
    let places = Places::apart(&device).await;
    let mut connection = device.attach(node(places.device));
    assert_eq!(connection.subscribed(&[REQUESTS]), [0]);
    for (status, payload, expected) in [
        (200, r#"{"b":1,"a":[true]}"#, json!({"b": 1, "a": [true]})),
        (-7, "", Value::Null),
    ] {
        let body = json!({"methodName": "do it", "payload": {"n": 1.5}});
        let answer = invoke(places.service, &device, body);
        connection = blocking(move || {
            let (rid, sent) = request(&mut connection, "do%20it");
            assert_eq!(sent, br#"{"n":1.5}"#);
            respond(&mut connection, status, &rid, payload);
            connection
        })
        .await;
        let answer = answer.await.unwrap().unwrap();
        assert_eq!(answer, json!({"status": status, "payload": expected}));
    }
}

#[tokio::test]
async fn an_unknown_device_an_absent_one_and_a_silent_one_are_told_apart() {
    let device = TestDevice::create("method-errors").await;
    let places = Places::apart(&device).await;
    let body = json!({"methodName": "m", "responseTimeoutInSeconds": 5});

    let nobody = owner(places.service)
        .call::<Value>(Method::POST, "/twins/method-nobody/methods", Some(&body))
        .await;
    let nobody: ServiceRefusal = nobody.unwrap_err().downcast().unwrap();
    assert_eq!((nobody.status, code(&nobody)), (404, 404_001));
    assert_eq!(nobody.error.as_deref(), Some("DeviceNotFound"));

    let absent = invoke(places.service, &device, body.clone());
    let absent = absent.await.unwrap().unwrap_err();
    assert_eq!((absent.status, code(&absent)), (404, 404_103));
    assert_eq!(absent.error.as_deref(), Some("DeviceNotOnline"));

    // Connected, but without a subscription to methods.
    let mut connection = device.attach(node(places.device));
    let deaf = invoke(places.service, &device, body.clone());
    assert_eq!(code(&deaf.await.unwrap().unwrap_err()), 404_103);

    assert_eq!(connection.subscribed(&[REQUESTS]), [0]);
    let begun = Instant::now();
    let silent = invoke(places.service, &device, body.clone());
    let silent = silent.await.unwrap().unwrap_err();
    assert_eq!((silent.status, code(&silent)), (504, 504_101));
    assert_eq!(silent.error.as_deref(), Some("GatewayTimeout"));
    assert!(begun.elapsed() >= Duration::from_secs(5));

    // The request came once, and an answer that is too late finds nobody.
    let (rid, _) = request(&mut connection, "m");
    respond(&mut connection, 200, &rid, "1");
    let lost = invoke(places.service, &device, body);
    blocking(move || {
        let (next, _) = request(&mut connection, "m");
        assert_ne!(next, rid);
        drop(connection);
    })
    .await;
    let lost = lost.await.unwrap().unwrap_err();
    assert_eq!((lost.status, code(&lost)), (504, 504_101));
}

#[tokio::test]
async fn a_caller_may_wait_for_a_device_that_is_not_online() {
    let device = TestDevice::create("method-wait").await;
    let places = Places::apart(&device).await;
    let body = json!({"methodName": "m", "connectTimeoutInSeconds": 20});
    let answer = invoke(places.service, &device, body);
    let mut connection = device.attach(node(places.device));
    assert_eq!(connection.subscribed(&[REQUESTS]), [0]);
    blocking(move || {
        let (rid, payload) = request(&mut connection, "m");
        assert_eq!(payload, b"null");
        respond(&mut connection, 201, &rid, "\"late\"");
        connection
    })
    .await;
    let answer = answer.await.unwrap().unwrap();
    assert_eq!(answer, json!({"status": 201, "payload": "late"}));

    // Nobody comes: the connect timeout ends the wait.
    let begun = Instant::now();
    let body = json!({"methodName": "m", "connectTimeoutInSeconds": 1});
    let nobody = TestDevice::create("method-wait-in-vain").await;
    let gone = invoke(places.service, &nobody, body).await.unwrap();
    assert_eq!(code(&gone.unwrap_err()), 404_103);
    assert!(begun.elapsed() >= Duration::from_secs(1));
}

#[tokio::test]
async fn a_device_that_asked_to_be_remembered_need_not_subscribe_again() {
    let device = TestDevice::create("method-resumed").await;
    let places = Places::apart(&device).await;
    let mut first = device.attach(node(places.device));
    assert_eq!(first.subscribed(&[REQUESTS]), [0]);
    first.disconnect();

    let mut again = RawMqtt::open(node(places.service)).unwrap();
    again.send(&device.connect_packet().bytes());
    let connack = again.receive().unwrap().unwrap();
    assert_eq!(
        (connack.first, connack.body.as_slice()),
        (0x20, &[1, 0][..])
    );
    let answer = invoke(places.device, &device, json!({"methodName": "m"}));
    blocking(move || {
        let (rid, _) = request(&mut again, "m");
        respond(&mut again, 200, &rid, "");
        again
    })
    .await;
    assert_eq!(answer.await.unwrap().unwrap()["status"], 200);
}

#[tokio::test]
async fn calls_that_cannot_be_are_refused_before_the_device_hears_of_them() {
    let device = TestDevice::create("method-bad").await;
    let body = |extra: Value| {
        let mut body = json!({"methodName": "m"});
        body.as_object_mut()
            .unwrap()
            .extend(extra.as_object().unwrap().clone());
        body
    };
    for (body, expected) in [
        (json!({}), 400_005),
        (body(json!({"responseTimeoutInSeconds": 4})), 400_004),
        (body(json!({"responseTimeoutInSeconds": 301})), 400_004),
        (body(json!({"connectTimeoutInSeconds": 301})), 400_004),
        (body(json!({"payload": "x".repeat(128 * 1024)})), 413_001),
    ] {
        let refused = invoke(0, &device, body).await.unwrap().unwrap_err();
        assert_eq!(code(&refused), expected);
    }
}

#[tokio::test]
async fn an_answer_that_is_not_json_is_a_bad_gateway() {
    let device = TestDevice::create("method-garbage").await;
    let mut connection = device.attach(node(0));
    assert_eq!(connection.subscribed(&[REQUESTS]), [0]);
    for answer in ["{".to_owned(), format!("\"{}\"", "x".repeat(128 * 1024))] {
        let called = invoke(1, &device, json!({"methodName": "m"}));
        connection = blocking(move || {
            let (rid, _) = request(&mut connection, "m");
            respond(&mut connection, 200, &rid, &answer);
            connection
        })
        .await;
        let refused = called.await.unwrap().unwrap_err();
        assert_eq!((refused.status, code(&refused)), (502, 502_000));
    }
}

#[tokio::test]
async fn only_so_many_calls_wait_for_one_device() {
    let device = TestDevice::create("method-many").await;
    let mut connection = device.attach(node(0));
    assert_eq!(connection.subscribed(&[REQUESTS]), [0]);
    let call = |at: usize| invoke(at % 3, &device, json!({"methodName": "m"}));
    let most = Limits::default().max_methods_in_flight as usize;
    let waiting: Vec<_> = (0..most).map(call).collect();
    let (mut connection, rids) = blocking(move || {
        let rids: Vec<_> = (0..most).map(|_| request(&mut connection, "m").0).collect();
        (connection, rids)
    })
    .await;
    let refused = call(1).await.unwrap().unwrap_err();
    assert_eq!((refused.status, code(&refused)), (403, 403_800));
    blocking(move || {
        for rid in rids {
            respond(&mut connection, 200, &rid, "");
        }
        connection
    })
    .await;
    for answer in waiting {
        assert_eq!(answer.await.unwrap().unwrap()["status"], 200);
    }
}
