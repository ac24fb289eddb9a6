//! Every limit, at it and one past it.

use std::time::Duration;

use roost_model::Limits;
use roost_model::limits::{DEVICEBOUND_LOCK_RANGE, MAX_MESSAGE_ID_CHARS};

use crate::c2d::back_end::{
    ask, assert_refused, complete, enqueue, expiry, receive, send, wait_until_empty,
};
use crate::fixture::TestDevice;

#[tokio::test]
async fn fifty_messages_wait_and_the_next_one_is_refused_until_one_is_done() {
    let device = TestDevice::create("c2d-depth").await;
    let most = Limits::default().max_devicebound_messages;
    for number in 0..most {
        enqueue(number as usize % 3, &device, &[], &number.to_string()).await;
    }
    let name = "DeviceMaximumQueueDepthExceeded";
    let one_more = send(1, device.id.as_str(), &[], "more").await;
    assert_refused(one_more, 403_004, name).await;
    // What the device holds counts, too.
    let held = receive(0, &device, "").await.unwrap();
    let one_more = send(2, device.id.as_str(), &[], "more").await;
    assert_refused(one_more, 403_004, name).await;
    assert_eq!(complete(0, &device, &held.lock).await, 204);
    enqueue(0, &device, &[], "more").await;
}

#[tokio::test]
async fn a_message_is_as_large_as_it_may_be_and_not_a_byte_larger() {
    let device = TestDevice::create("c2d-size").await;
    let most = Limits::default().max_devicebound_bytes;
    // Values of system properties count, names and values of the application's.
    let headers = [("iothub-messageid", "id"), ("iothub-app-ab", "cde")];
    let fits = vec![b'x'; most - 2 - 5];
    let taken = send(0, device.id.as_str(), &headers, fits.clone()).await;
    assert_eq!(taken.status(), 201);
    let larger = [fits.as_slice(), b"x"].concat();
    let refused = send(1, device.id.as_str(), &headers, larger).await;
    assert_refused(refused, 413_001, "MessageTooLarge").await;
    let received = receive(2, &device, "").await.unwrap();
    assert_eq!(received.body, fits);
    assert_eq!(complete(2, &device, &received.lock).await, 204);
    wait_until_empty(&device).await;
}

#[tokio::test]
async fn a_message_waits_for_two_days_at_most() {
    let device = TestDevice::create("c2d-ttl").await;
    let most = Duration::from_secs(Limits::default().max_devicebound_ttl_seconds.into());
    let longest = expiry(most);
    enqueue(0, &device, &[("iothub-expiry", &longest)], "a").await;
    let longer = expiry(most + Duration::from_secs(60));
    let refused = send(0, device.id.as_str(), &[("iothub-expiry", &longer)], "b").await;
    assert_refused(refused, 403_009, "InvalidMessageExpiryTime").await;
}

#[tokio::test]
async fn a_request_holds_a_message_for_one_to_three_hundred_seconds() {
    let device = TestDevice::create("c2d-hold").await;
    let (least, most) = DEVICEBOUND_LOCK_RANGE;
    for seconds in [least, most] {
        let query = format!("?iothub-messagelocktimeout={seconds}");
        assert_eq!(ask(0, &device, &query).await.status(), 204);
    }
    let past = [least - 1, most + 1].map(|seconds| seconds.to_string());
    for seconds in past.iter().map(String::as_str).chain(["-1", "x", ""]) {
        let query = format!("?iothub-messagelocktimeout={seconds}");
        let refused = ask(0, &device, &query).await;
        assert_refused(refused, 400_004, "ArgumentInvalid").await;
    }
}

#[tokio::test]
async fn the_id_of_a_message_has_at_most_128_characters() {
    let device = TestDevice::create("c2d-id").await;
    let longest = "x".repeat(MAX_MESSAGE_ID_CHARS);
    enqueue(0, &device, &[("iothub-messageid", &longest)], "").await;
    let longer = "x".repeat(MAX_MESSAGE_ID_CHARS + 1);
    let refused = send(0, device.id.as_str(), &[("iothub-messageid", &longer)], "").await;
    assert_refused(refused, 400_004, "ArgumentInvalid").await;
}
