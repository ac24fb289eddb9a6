//! The life of a message, with a device that polls over HTTPS.

use std::time::Duration;

use reqwest::Method;

use crate::c2d::back_end::{
    assert_refused, complete, dead_letters, enqueue, expiry, list, receive, settle,
    wait_until_empty,
};
use crate::fixture::{TestDevice, owner};

#[tokio::test]
async fn a_polling_device_gets_headers_body_and_lock_and_completes() {
    let device = TestDevice::create("c2d-poll").await;
    assert!(receive(0, &device, "").await.is_none());
    let headers = [
        ("iothub-messageid", "m"),
        ("iothub-correlationid", "c"),
        ("iothub-userid", "u"),
        ("iothub-contenttype", "text/plain"),
        ("iothub-contentencoding", "utf-8"),
        ("iothub-ack", "positive"),
        ("iothub-app-color", "red"),
    ];
    let number = enqueue(0, &device, &headers, "hello").await;
    let received = receive(1, &device, "?api-version=2019-10-01")
        .await
        .unwrap();
    assert_eq!(received.body, b"hello");
    for (name, value) in [
        ("iothub-messageid", "m"),
        ("iothub-correlationid", "c"),
        ("iothub-userid", "u"),
        ("ContentType", "text/plain"),
        ("ContentEncoding", "utf-8"),
        ("iothub-ack", "positive"),
        ("iothub-app-color", "red"),
        ("iothub-to", "/devices/c2d-poll/messages/deviceBound"),
        ("iothub-deliverycount", "0"),
    ] {
        assert_eq!(received.header(name), value, "{name}");
    }
    assert_eq!(received.header("iothub-sequencenumber"), number.to_string());
    for name in ["iothub-expiry", "iothub-enqueuedtime"] {
        assert!(received.header(name).ends_with("0000Z"), "{name}");
    }
    // It is held, and counts until it is completed.
    assert!(receive(2, &device, "").await.is_none());
    let document = owner(2).device(&device.id).await.unwrap();
    assert_eq!(document["cloudToDeviceMessageCount"], 1);
    assert_eq!(complete(2, &device, &received.lock).await, 204);
    wait_until_empty(&device).await;
    let again = settle(0, &device, Method::DELETE, &received.lock, "").await;
    assert_refused(again, 412_002, "DeviceMessageLockLost").await;
}

#[tokio::test]
async fn every_form_of_a_rejection_makes_a_dead_letter_that_can_be_sent_again() {
    let device = TestDevice::create("c2d-reject").await;
    for (count, query) in [
        "?api-version=1&reject",
        "?reject=&api-version=1",
        "?reject=true",
    ]
    .into_iter()
    .enumerate()
    {
        enqueue(0, &device, &[], query).await;
        let received = receive(1, &device, "").await.unwrap();
        let answer = settle(2, &device, Method::DELETE, &received.lock, query).await;
        assert_eq!(answer.status(), 204, "{query}");
        assert_eq!(dead_letters(&device, count + 1).await[count], "Rejected");
    }
    let letters = list(0, &device, "deadletters").await;
    assert_eq!(letters[1]["bodyText"], "?reject=&api-version=1");
    let number = letters[1]["sequenceNumber"].as_u64().unwrap();
    let path = format!("/devices/{}/messages/deadletters/{number}", device.id);
    let resubmitted = owner(1)
        .authorized(Method::POST, &format!("{path}/resubmit"))
        .send()
        .await
        .unwrap();
    assert_eq!(resubmitted.status(), 204);
    let received = receive(1, &device, "").await.unwrap();
    assert_eq!(received.body, b"?reject=&api-version=1");
    assert_eq!(complete(0, &device, &received.lock).await, 204);
    let gone = owner(1)
        .authorized(Method::DELETE, &path)
        .send()
        .await
        .unwrap();
    assert_eq!(gone.status(), 404);
    let all = format!("/devices/{}/messages/deadletters", device.id);
    let cleared = owner(1)
        .authorized(Method::DELETE, &all)
        .send()
        .await
        .unwrap();
    assert_eq!(cleared.status(), 204);
    assert!(list(0, &device, "deadletters").await.is_empty());
}

#[tokio::test]
async fn an_abandoned_message_comes_again_until_it_was_abandoned_ten_times() {
    let device = TestDevice::create("c2d-abandon").await;
    enqueue(0, &device, &[], "a").await;
    for count in 0..10 {
        let received = receive(count % 3, &device, "").await.unwrap();
        let counted = received.header("iothub-deliverycount");
        assert_eq!(counted, count.to_string());
        let answer = settle(1, &device, Method::POST, &received.lock, "/abandon").await;
        assert_eq!(answer.status(), 204);
    }
    assert!(receive(0, &device, "").await.is_none());
    assert_eq!(dead_letters(&device, 1).await, ["DeliveryCountExceeded"]);
}

#[tokio::test]
async fn a_lock_runs_out_without_counting_and_is_lost_then() {
    let device = TestDevice::create("c2d-lapse").await;
    enqueue(0, &device, &[], "a").await;
    let first = receive(0, &device, "?iothub-messagelocktimeout=1")
        .await
        .unwrap();
    let again =
        roost_chaos::harness::until("the next delivery", crate::fixture::SOON, async || {
            receive(1, &device, "")
                .await
                .ok_or_else(|| "held".to_owned())
        });
    let second = again.await.unwrap();
    assert_eq!(second.header("iothub-deliverycount"), "0");
    let late = settle(0, &device, Method::DELETE, &first.lock, "").await;
    assert_refused(late, 412_002, "DeviceMessageLockLost").await;
    assert_eq!(complete(0, &device, &second.lock).await, 204);
}

#[tokio::test]
async fn a_message_expires_and_becomes_a_dead_letter() {
    let device = TestDevice::create("c2d-expire").await;
    let soon = expiry(Duration::from_secs(1));
    enqueue(0, &device, &[("iothub-expiry", &soon)], "a").await;
    assert_eq!(dead_letters(&device, 1).await, ["Expired"]);
    assert!(receive(0, &device, "").await.is_none());
    wait_until_empty(&device).await;
}

#[tokio::test]
async fn a_purge_takes_what_waits_and_tells_how_many() {
    let device = TestDevice::create("c2d-purge").await;
    for body in ["held", "b", "c"] {
        enqueue(0, &device, &[], body).await;
    }
    let held = receive(1, &device, "").await.unwrap();
    let path = format!("/devices/{}/commands", device.id);
    let purged: serde_json::Value = owner(2).call(Method::DELETE, &path, None).await.unwrap();
    assert_eq!(
        purged,
        serde_json::json!({
            "totalMessagesPurged": 2, "deviceId": "c2d-purge", "moduleId": null
        })
    );
    let left = list(0, &device, "queue").await;
    assert_eq!(left.len(), 1);
    assert_eq!(left[0]["bodyText"], "held");
    assert_eq!(complete(0, &device, &held.lock).await, 204);
}
