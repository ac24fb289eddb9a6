//! Cloud-to-device messages and feedback in a hub that keeps little, and not for long.

use std::time::Duration;

use reqwest::{Method, Response};
use roost_chaos::harness::until;
use roost_model::{ErrorCode, Limits};
use serde_json::Value;

use crate::c2d::back_end::expiry;
use crate::fixture::{OwnHub, SOON, TestDevice, refused};

/// What is sent with this expiry waits until it is taken.
const HOUR: Duration = Duration::from_secs(3600);
const FEEDBACK: &str = "/messages/serviceBound/feedback";

/// Sends a message that says how long it waits, or leaves that to the hub.
async fn send(hub: &OwnHub, device: &TestDevice, id: &str, wait: Option<Duration>) {
    let path = format!("/devices/{}/messages/devicebound", device.id);
    let mut request = hub.request(Method::POST, &path).body("x");
    for (name, value) in [("iothub-messageid", id), ("iothub-ack", "full")] {
        request = request.header(name, value);
    }
    if let Some(wait) = wait {
        request = request.header("iothub-expiry", expiry(wait));
    }
    assert_eq!(request.send().await.unwrap().status(), 201, "{id}");
}

/// The id and the lock of the device's next message.
async fn receive(hub: &OwnHub, device: &TestDevice, query: &str) -> Option<(String, String)> {
    let path = format!("/devices/{}/messages/devicebound{query}", device.id);
    let request = hub.owner().request(Method::GET, &path);
    let request = request.header("Authorization", device.credential.token());
    let answer = request.send().await.unwrap();
    if answer.status() == 204 {
        return None;
    }
    let id = answer.headers()["iothub-messageid"].to_str().unwrap();
    Some((id.to_owned(), lock_of(&answer)))
}

fn lock_of(answer: &Response) -> String {
    let tag = answer.headers()["ETag"].to_str().unwrap();
    tag.trim_matches('"').to_owned()
}

async fn settle(hub: &OwnHub, device: &TestDevice, method: Method, lock: &str, end: &str) {
    let path = format!("/devices/{}/messages/devicebound/{lock}{end}", device.id);
    let request = hub.owner().request(method, &path);
    let request = request.header("Authorization", device.credential.token());
    assert_eq!(request.send().await.unwrap().status(), 204);
}

/// Id and reason of a device's dead letters, as soon as there are so many.
async fn dead_letters(hub: &OwnHub, device: &TestDevice, count: usize) -> Vec<(String, String)> {
    let path = format!("/devices/{}/messages/deadletters", device.id);
    let found = until("dead letters", SOON, async || {
        let letters = hub.call(Method::GET, &path, None).await;
        let letters = letters.as_array().unwrap().iter();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let letters: Vec<_> = letters
            .map(|letter| {
                let id = &letter["systemProperties"]["message-id"];
                (text(id), text(&letter["reason"]))
            })
            .collect();
        if letters.len() == count {
            Ok(letters)
        } else {
            Err(format!("{letters:?}"))
        }
    });
    found.await.unwrap()
}

#[tokio::test]
async fn messages_wait_lock_and_are_tried_again_as_the_hub_is_set_to() {
    let limits = Limits {
        max_devicebound_messages: 2,
        devicebound_ttl_seconds: 1,
        devicebound_lock_seconds: 1,
        max_delivery_count: 2,
        max_dead_letters: 2,
        ..Limits::default()
    };
    let hub = OwnHub::limited("queues", 5, &limits).await;
    let device = hub.device("queues").await;

    println!("what does not say how long it waits goes after devicebound_ttl_seconds");
    send(&hub, &device, "short", None).await;
    let letters = dead_letters(&hub, &device, 1).await;
    assert_eq!(letters, [("short".to_owned(), "Expired".to_owned())]);

    println!("a lock lapses after devicebound_lock_seconds");
    send(&hub, &device, "held", Some(HOUR)).await;
    let (_, first) = receive(&hub, &device, "").await.unwrap();
    let again = until("the message again", SOON, async || {
        receive(&hub, &device, "?iothub-messagelocktimeout=60")
            .await
            .ok_or("it is held")
    });
    let (id, lock) = again.await.unwrap();
    assert_eq!(id, "held");
    assert_ne!(lock, first);

    println!("it is abandoned max_delivery_count times");
    settle(&hub, &device, Method::POST, &lock, "/abandon").await;
    let hold = "?iothub-messagelocktimeout=60";
    let (_, lock) = receive(&hub, &device, hold).await.expect("one more time");
    settle(&hub, &device, Method::POST, &lock, "/abandon").await;
    assert_eq!(receive(&hub, &device, hold).await, None);
    let letters = dead_letters(&hub, &device, 2).await;
    let exceeded = ("held".to_owned(), "DeliveryCountExceeded".to_owned());
    assert_eq!(letters[1], exceeded);

    println!("the oldest dead letter makes room for the newest");
    send(&hub, &device, "rejected", Some(HOUR)).await;
    let (_, lock) = receive(&hub, &device, hold).await.unwrap();
    settle(&hub, &device, Method::DELETE, &lock, "?reject").await;
    let letters = dead_letters(&hub, &device, 2).await;
    let rejected = ("rejected".to_owned(), "Rejected".to_owned());
    assert_eq!(letters, [exceeded, rejected]);

    println!("as many wait as may");
    for id in ["one", "two"] {
        send(&hub, &device, id, Some(HOUR)).await;
    }
    let path = format!("/devices/{}/messages/devicebound", device.id);
    let more = hub.request(Method::POST, &path).body("x");
    refused("one more", more, ErrorCode::DeviceMaximumQueueDepthExceeded).await;
}

/// The next batch of feedback: its lock and the ids of its records.
async fn feedback(hub: &OwnHub) -> (String, Vec<String>) {
    let found = until("feedback", SOON, async || {
        let answer = hub.request(Method::GET, FEEDBACK).send().await.unwrap();
        if answer.status() == 200 {
            Ok(answer)
        } else {
            Err(answer.status().to_string())
        }
    });
    let answer = found.await.unwrap();
    let lock = lock_of(&answer);
    let records: Vec<Value> = answer.json().await.unwrap();
    let ids = records.iter().map(|record| &record["originalMessageId"]);
    (
        lock,
        ids.map(|id| id.as_str().unwrap().to_owned()).collect(),
    )
}

/// A message that the device completes.
async fn complete(hub: &OwnHub, device: &TestDevice, id: &str) {
    send(hub, device, id, Some(HOUR)).await;
    let (_, lock) = receive(hub, device, "").await.unwrap();
    settle(hub, device, Method::DELETE, &lock, "").await;
}

#[tokio::test]
async fn feedback_is_kept_and_offered_as_the_hub_is_set_to() {
    let limits = Limits {
        feedback_batch_seconds: 2,
        max_feedback_delivery_count: 2,
        max_feedback_records: 2,
        ..Limits::default()
    };
    let hub = OwnHub::limited("feedback", 6, &limits).await;
    let device = hub.device("feedback").await;
    let begun = std::time::Instant::now();
    for id in ["one", "two", "three"] {
        complete(&hub, &device, id).await;
    }
    let (lock, ids) = feedback(&hub).await;
    assert_eq!(ids, ["two", "three"], "the oldest made room");
    // The oldest that is left has waited for others.
    assert!(begun.elapsed() >= Duration::from_secs(2));
    let abandon = async |lock: &str| {
        let path = format!("{FEEDBACK}/{lock}/abandon");
        let answer = hub.request(Method::POST, &path).send().await.unwrap();
        assert_eq!(answer.status(), 204);
    };
    abandon(&lock).await;
    let (lock, ids) = feedback(&hub).await;
    assert_eq!(ids, ["two", "three"], "once more");
    abandon(&lock).await;
    // It was offered as often as it may be; what comes is another batch.
    complete(&hub, &device, "four").await;
    assert_eq!(feedback(&hub).await.1, ["four"]);
}

#[tokio::test]
async fn feedback_that_nobody_reads_goes_after_the_time_that_is_set() {
    let limits = Limits {
        feedback_ttl_seconds: 1,
        ..Limits::default()
    };
    let hub = OwnHub::limited("unread", 7, &limits).await;
    let device = hub.device("unread").await;
    complete(&hub, &device, "one").await;
    let gone = until("the end of the feedback", SOON, async || {
        let dropped = hub.metric("roost_partition_feedback_dropped_total").await;
        let waiting = hub.metric("roost_feedback_waiting").await;
        if dropped >= 1.0 && waiting == 0.0 {
            Ok(())
        } else {
            Err(format!("{dropped} dropped, {waiting} waiting"))
        }
    });
    gone.await.unwrap();
}
