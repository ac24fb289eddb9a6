//! What senders are told about the outcomes of their messages.

use std::collections::BTreeMap;
use std::time::Duration;

use reqwest::{Method, Response};
use roost_chaos::harness::{Patience, until};
use serde_json::Value;

use crate::c2d::back_end::{assert_refused, complete, enqueue, expiry, receive, settle};
use crate::fixture::{FEEDBACK, TestDevice, owner};

const PATH: &str = "/messages/serviceBound/feedback";
/// Feedback waits 15 seconds for company.
const LATER: Patience = Patience::seconds(60);

async fn ask(at: usize) -> Response {
    owner(at)
        .authorized(Method::GET, PATH)
        .send()
        .await
        .unwrap()
}

async fn settle_batch(at: usize, method: Method, lock: &str, end: &str) -> Response {
    let path = format!("{PATH}/{lock}{end}");
    owner(at).authorized(method, &path).send().await.unwrap()
}

fn lock_of(answer: &Response) -> String {
    let tag = answer.headers().get("ETag").unwrap().to_str().unwrap();
    tag.trim_matches('"').to_owned()
}

#[tokio::test]
async fn every_outcome_is_told_to_those_who_asked_for_it_and_to_nobody_else() {
    let _alone = FEEDBACK.lock().await;
    let device = TestDevice::create("c2d-feedback").await;
    let mut expected = BTreeMap::new();

    // Every outcome for every kind of acknowledgement.
    for (ack, wants_good, wants_bad) in [
        ("none", false, false),
        ("positive", true, false),
        ("negative", false, true),
        ("full", true, true),
    ] {
        for outcome in ["Success", "Rejected", "DeliveryCountExceeded"] {
            let id = format!("{ack}-{outcome}");
            let headers = [("iothub-messageid", id.as_str()), ("iothub-ack", ack)];
            enqueue(0, &device, &headers, "").await;
            come_to(&device, outcome).await;
            let wanted = if outcome == "Success" {
                wants_good
            } else {
                wants_bad
            };
            if wanted {
                expected.insert(id, outcome.to_owned());
            }
        }
        let id = format!("{ack}-Purged");
        let headers = [("iothub-messageid", id.as_str()), ("iothub-ack", ack)];
        enqueue(0, &device, &headers, "").await;
        let path = format!("/devices/{}/commands", device.id);
        let purged = owner(1)
            .authorized(Method::DELETE, &path)
            .send()
            .await
            .unwrap();
        assert_eq!(purged.status(), 200);
        if wants_bad {
            expected.insert(id, "Purged".to_owned());
        }
        let id = format!("{ack}-Expired");
        let past = expiry(Duration::ZERO);
        let headers = [
            ("iothub-messageid", id.as_str()),
            ("iothub-ack", ack),
            ("iothub-expiry", past.as_str()),
        ];
        enqueue(0, &device, &headers, "").await;
        if wants_bad {
            expected.insert(id, "Expired".to_owned());
        }
    }

    let mut told = BTreeMap::new();
    let mut abandoned = false;
    while told.len() < expected.len() {
        let answer = until("feedback", LATER, async || {
            let answer = ask(told.len() % 3).await;
            if answer.status() == 200 {
                Ok(answer)
            } else {
                Err(format!("{}", answer.status()))
            }
        });
        let answer = answer.await.unwrap();
        let content_type = answer.headers().get("Content-Type").unwrap();
        assert_eq!(
            content_type,
            "application/vnd.microsoft.iothub.feedback.json"
        );
        for name in ["iothub-userid", "iothub-enqueuedtime"] {
            assert!(answer.headers().contains_key(name), "{name}");
        }
        let lock = lock_of(&answer);
        if !abandoned {
            // Given back, it can be had again.
            let back = settle_batch(0, Method::POST, &lock, "/abandon").await;
            assert_eq!(back.status(), 204);
            let lost = settle_batch(1, Method::DELETE, &lock, "").await;
            assert_refused(lost, 412_002, "DeviceMessageLockLost").await;
            abandoned = true;
            continue;
        }
        let records: Vec<Value> = answer.json().await.unwrap();
        assert!(records.len() <= 64);
        for record in records {
            if record["deviceId"] != "c2d-feedback" {
                continue; // other tests send messages, too
            }
            assert!(record["deviceGenerationId"].is_string());
            assert!(record["enqueuedTimeUtc"].as_str().unwrap().ends_with('Z'));
            assert_eq!(record["description"], record["statusCode"]);
            let id = record["originalMessageId"].as_str().unwrap().to_owned();
            let status = record["statusCode"].as_str().unwrap().to_owned();
            assert_eq!(told.insert(id.clone(), status), None, "{id} is told once");
        }
        let done = settle_batch(2, Method::DELETE, &lock, "").await;
        assert_eq!(done.status(), 204);
    }
    assert_eq!(told, expected);
}

/// Lets the next message of a device come to an end.
async fn come_to(device: &TestDevice, outcome: &str) {
    let deliveries = if outcome == "DeliveryCountExceeded" {
        10
    } else {
        1
    };
    for _ in 0..deliveries {
        let received = receive(1, device, "").await.unwrap();
        let lock = received.lock.as_str();
        let status = match outcome {
            "Success" => complete(1, device, lock).await,
            "Rejected" => settle(1, device, Method::DELETE, lock, "?reject")
                .await
                .status()
                .as_u16(),
            _ => settle(1, device, Method::POST, lock, "/abandon")
                .await
                .status()
                .as_u16(),
        };
        assert_eq!(status, 204);
    }
}

#[tokio::test]
async fn a_batch_that_is_not_there_cannot_be_settled() {
    let unknown = "00000000-0abc-8001-8fed-cba987654321";
    for (method, end) in [(Method::DELETE, ""), (Method::POST, "/abandon")] {
        let answer = settle_batch(0, method, unknown, end).await;
        assert_refused(answer, 412_002, "DeviceMessageLockLost").await;
    }
    // A partition that the hub does not have.
    let elsewhere = "00000000-0abc-8fff-8fed-cba987654321";
    let answer = settle_batch(0, Method::DELETE, elsewhere, "").await;
    assert_refused(answer, 412_002, "DeviceMessageLockLost").await;
}
