//! What is refused, and how.

use reqwest::Method;
use roost_chaos::harness::ServiceClient;

use crate::c2d::back_end::{assert_refused, enqueue, receive, send, settle};
use crate::fixture::{TestDevice, file, node, owner};

#[tokio::test]
async fn nothing_can_be_sent_to_a_device_that_is_not_there() {
    for (method, path) in [
        (Method::POST, "/devices/c2d-nobody/messages/devicebound"),
        (Method::DELETE, "/devices/c2d-nobody/commands"),
        (Method::GET, "/devices/c2d-nobody/messages/queue"),
        (Method::GET, "/devices/c2d-nobody/messages/deadletters"),
        (Method::DELETE, "/devices/c2d-nobody/messages/deadletters"),
        (
            Method::POST,
            "/devices/c2d-nobody/messages/deadletters/1/resubmit",
        ),
    ] {
        let answer = owner(0).authorized(method, path).send().await.unwrap();
        assert_refused(answer, 404_001, "DeviceNotFound").await;
    }
}

#[tokio::test]
async fn headers_that_say_nothing_sensible_are_refused() {
    let device = TestDevice::create("c2d-nonsense").await;
    for header in [
        ("iothub-ack", "maybe"),
        ("iothub-expiry", "tomorrow"),
        ("iothub-app-", "x"),
    ] {
        let answer = send(0, device.id.as_str(), &[header], "").await;
        assert_refused(answer, 400_004, "ArgumentInvalid").await;
    }
    assert!(receive(0, &device, "").await.is_none());
}

#[tokio::test]
async fn only_the_device_itself_receives_and_settles_its_messages() {
    let device = TestDevice::create("c2d-own").await;
    let other = TestDevice::create("c2d-other").await;
    enqueue(0, &device, &[], "secret").await;
    let path = format!("/devices/{}/messages/devicebound", device.id);
    let foreign = owner(0)
        .request(Method::GET, &path)
        .header("Authorization", other.credential.token());
    let refused = foreign.send().await.unwrap();
    assert_refused(refused, 401_003, "IotHubUnauthorized").await;
    let nobody = owner(0).request(Method::GET, &path).send().await.unwrap();
    assert_refused(nobody, 401_003, "IotHubUnauthorized").await;
    let received = receive(0, &device, "").await.unwrap();
    let foreign = settle(0, &other, Method::DELETE, &received.lock, "").await;
    assert_refused(foreign, 412_002, "DeviceMessageLockLost").await;
    let malformed = settle(0, &device, Method::DELETE, "no-uuid", "").await;
    assert_refused(malformed, 400_004, "ArgumentInvalid").await;
}

#[tokio::test]
async fn a_device_or_the_policy_for_devices_cannot_send_to_devices() {
    let device = TestDevice::create("c2d-permissions").await;
    let path = format!("/devices/{}/messages/devicebound", device.id);
    let as_device = owner(0)
        .request(Method::POST, &path)
        .header("Authorization", device.credential.token());
    let refused = as_device.send().await.unwrap();
    assert_refused(refused, 401_003, "IotHubUnauthorized").await;
    let device_policy = &file().connection_strings.device;
    let device_policy = ServiceClient::new(file(), node(0), device_policy).unwrap();
    for (method, path) in [
        (Method::POST, path.as_str()),
        (Method::GET, "/messages/serviceBound/feedback"),
    ] {
        let refused = device_policy.authorized(method, path).send().await.unwrap();
        assert_refused(refused, 401_002, "IotHubUnauthorizedAccess").await;
    }
}

#[tokio::test]
async fn a_disabled_device_receives_nothing() {
    let device = TestDevice::create("c2d-disabled").await;
    enqueue(0, &device, &[], "waits").await;
    let path = format!("/devices/{}", device.id);
    let body = serde_json::json!({ "deviceId": device.id.as_str(), "status": "disabled" });
    let disabled = owner(0)
        .authorized(Method::PUT, &path)
        .header("If-Match", "*")
        .json(&body);
    assert_eq!(disabled.send().await.unwrap().status(), 200);
    let refused = crate::c2d::back_end::ask(1, &device, "").await;
    assert_refused(refused, 403_012, "DeviceDisabled").await;
}
