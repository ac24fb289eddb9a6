//! Nodes that a hub does not have.

use roost_amqp::codec::Role;
use roost_chaos::harness::amqp::frames;
use roost_chaos::harness::now;
use roost_model::Timestamp;

use super::Witness;
use crate::fixture::{RawAmqp, TestDevice, accepted, event_stream, node, owner};

#[tokio::test]
async fn a_link_to_nowhere_is_detached_and_the_others_stay() {
    let witness = Witness::at(2, "nowhere").await;
    let device = TestDevice::create("amqp-nowhere").await;
    let mut peer = RawAmqp::device(node(2), &device);
    let later = Timestamp(now().as_millis() + 3_600_000);
    let policy = owner(2).token(&[], later);
    assert_eq!(peer.put_token(&policy).unwrap(), 200);
    let (missing, not_allowed) = ("amqp:not-found", "amqp:not-allowed");
    let id = device.id.as_str();
    let stream = event_stream();
    let own = |rest: &str| format!("/devices/{id}/{rest}");
    let events = |name: &str, group: &str, partition: &str| {
        format!("{name}/ConsumerGroups/{group}/Partitions/{partition}")
    };
    for (number, (role, address, condition)) in [
        (Role::Sender, String::new(), missing),
        (Role::Receiver, "/".to_owned(), missing),
        (Role::Sender, "queue".to_owned(), missing),
        (Role::Sender, own("streams/x"), missing),
        (Role::Sender, own("messages/devicebound"), not_allowed),
        (Role::Receiver, own("messages/events"), not_allowed),
        (
            Role::Sender,
            "/devices/no such/messages/events".to_owned(),
            missing,
        ),
        (
            Role::Sender,
            "/devices/%ff%fe/messages/events".to_owned(),
            missing,
        ),
        (
            Role::Receiver,
            "/messages/devicebound".to_owned(),
            not_allowed,
        ),
        (
            Role::Receiver,
            events("elsewhere", "$Default", "0"),
            missing,
        ),
        (Role::Receiver, events(&stream, "nobody", "0"), missing),
        (Role::Receiver, events(&stream, "$Default", "9999"), missing),
        (Role::Receiver, events(&stream, "$Default", "-1"), missing),
        (Role::Sender, events(&stream, "$Default", "0"), not_allowed),
        (Role::Sender, "x".repeat(20_000), missing),
    ]
    .into_iter()
    .enumerate()
    {
        let handle = 50 + u32::try_from(number).unwrap();
        let refused = peer.attach(&frames::attach(handle, role, &address));
        let refused = refused.unwrap().unwrap_err();
        let shown: String = address.chars().take(60).collect();
        assert_eq!(refused.condition, condition, "{shown}: {refused:?}");
        accepted(&mut peer, b"still here");
    }
    witness.ends_unharmed().await;
}
