//! Errors that only AMQP has: condition, the code's name in front of the text, and both in the info.

use std::time::Duration;

use roost_amqp::codec::performative::Attach;
use roost_amqp::codec::{Map, Role};
use roost_chaos::harness::amqp::{Farewell, Peer, frames};
use roost_chaos::harness::from_now;
use roost_model::ErrorCode;

use crate::fixture::{
    RawAmqp, TELEMETRY, TestDevice, event_stream, group_at, node, owner, telemetry_of,
};

fn assert_told(what: &str, farewell: &Farewell, condition: &str, code: ErrorCode) {
    assert_eq!(farewell.what, "detach", "{what}: {farewell:?}");
    assert_eq!(farewell.condition, condition, "{what}: {farewell:?}");
    assert_eq!(farewell.code, code.name(), "{what}: {farewell:?}");
    let text = format!("ErrorCode:{};", code.name());
    let told = farewell.description.strip_prefix(&text);
    assert!(told.is_some_and(|told| !told.is_empty()), "{farewell:?}");
}

/// With the token of the hub's owner.
fn back_end(index: usize) -> Peer {
    let mut peer = RawAmqp::open(node(index));
    let hour = Duration::from_secs(3600);
    let token = owner(index).token(&[], from_now(hour));
    assert_eq!(peer.put_token(&token).unwrap(), 200);
    peer
}

#[tokio::test]
async fn a_link_to_nothing_and_one_in_the_wrong_direction_are_told_apart() {
    let mut peer = back_end(0);
    let stream = event_stream();
    let nobody = format!("{stream}/ConsumerGroups/nobody/Partitions/0");
    let beyond = format!("{stream}/ConsumerGroups/$Default/Partitions/9999");
    let (missing, not_allowed) = ("amqp:not-found", "amqp:not-allowed");
    for (handle, role, address, condition, code) in [
        (
            10,
            Role::Receiver,
            nobody.as_str(),
            missing,
            ErrorCode::PartitionNotFound,
        ),
        (
            11,
            Role::Receiver,
            beyond.as_str(),
            missing,
            ErrorCode::PartitionNotFound,
        ),
        (
            12,
            Role::Sender,
            "nowhere",
            missing,
            ErrorCode::PartitionNotFound,
        ),
        (
            13,
            Role::Receiver,
            "/messages/devicebound",
            not_allowed,
            ErrorCode::OperationNotAvailableInCurrentTier,
        ),
        (
            14,
            Role::Sender,
            "/messages/serviceBound/feedback",
            not_allowed,
            ErrorCode::OperationNotAvailableInCurrentTier,
        ),
    ] {
        let attach = frames::attach(handle, role, address);
        let refused = peer.attach(&attach).unwrap().unwrap_err();
        assert_told(address, &refused, condition, code);
    }
}

#[tokio::test]
async fn a_reader_with_a_lower_owner_level_is_kept_out_and_one_that_is_there_gives_way() {
    let mut peer = back_end(1);
    let address = group_at(1, "errors-levels", 5).await;
    let with_level = |handle: u32, level: i64| Attach {
        properties: Some(Map::new().symbol("com.microsoft:epoch", level)),
        ..frames::attach(handle, Role::Receiver, &address)
    };
    let code = ErrorCode::ConnectionForcefullyClosedOnNewConnection;
    peer.attached(&with_level(10, 7)).unwrap();
    let refused = peer.attach(&with_level(11, 6)).unwrap().unwrap_err();
    assert_told("a lower level", &refused, "amqp:link:stolen", code);
    let mut other = back_end(1);
    other.attached(&with_level(10, 8)).unwrap();
    let stolen = peer.farewell().unwrap();
    assert_told("a higher level", &stolen, "amqp:link:stolen", code);
}

#[tokio::test]
async fn a_device_that_connects_again_takes_the_place_of_its_former_self() {
    let device = TestDevice::create("errors-superseded").await;
    let mut first = RawAmqp::device(node(0), &device);
    let _second = RawAmqp::device(node(1), &device);
    let superseded = first.farewell().unwrap();
    let code = ErrorCode::ConnectionForcefullyClosedOnNewConnection;
    assert_told("the first", &superseded, "amqp:link:stolen", code);
}

#[tokio::test]
async fn a_second_link_for_the_same_takes_the_place_of_the_first_and_the_device_stays() {
    let device = TestDevice::create("errors-second-link").await;
    let mut peer = RawAmqp::device(node(2), &device);
    let again = frames::attach(TELEMETRY + 1, Role::Sender, &telemetry_of(&device));
    peer.say(&again).unwrap();
    let replaced = peer.farewell().unwrap();
    let code = ErrorCode::LinkCreationConflict;
    assert_told("the first", &replaced, "amqp:link:stolen", code);
}
