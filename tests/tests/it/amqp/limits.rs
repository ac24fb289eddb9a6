//! As much as there may be, and one more.

use std::io::ErrorKind;
use std::time::Duration;

use bytes::Bytes;
use roost_amqp::codec::delivery_state::DeliveryState;
use roost_amqp::codec::message::{Body, Message};
use roost_amqp::codec::performative::{Detach, Performative};
use roost_amqp::codec::{Encode as _, Role};
use roost_chaos::harness::amqp::{Peer, frames};
use roost_model::Limits;

use super::Witness;
use crate::fixture::{
    RawAmqp, Snapshot, TELEMETRY, TestDevice, accepted, assert_farewell, node, rejection,
    telemetry_of,
};

const TOO_LARGE: &str = "amqp:link:message-size-exceeded";
/// `message-format` of several messages in one.
const BATCH: u32 = 0x8001_3700;
/// `amqp.max_links` as it is by default.
const MAX_LINKS: u32 = 65_536;

fn message(size: usize) -> Bytes {
    Message::data(vec![b'x'; size]).to_bytes()
}

fn batch(messages: Vec<Bytes>) -> Bytes {
    let whole = Message {
        body: Body::Data(messages),
        ..Message::default()
    };
    whole.to_bytes()
}

#[tokio::test]
async fn a_message_of_the_limit_is_taken_and_one_byte_more_is_not() {
    let witness = Witness::at(1, "size").await;
    let device = TestDevice::create("amqp-size").await;
    let mut peer = RawAmqp::device(node(1), &device);
    let most = Limits::default().max_message_bytes;
    let state = peer.send(TELEMETRY, 0, &message(most)).unwrap();
    assert_eq!(state, DeliveryState::Accepted);
    let events = device.wait_for_events(1).await;
    assert_eq!(events[0].body().unwrap().len(), most);

    let before = Snapshot::of(&device).await;
    let state = peer.send(TELEMETRY, 0, &message(most + 1)).unwrap();
    assert_eq!(rejection(&state), TOO_LARGE);
    // Nor is more than a link takes, however it is cut.
    let _ = peer.queue_message(TELEMETRY, 0, &message(most + 100_000));
    peer.wire.flush().unwrap();
    assert_farewell(&mut peer, "beyond the link", "detach", TOO_LARGE);
    let detach = Detach {
        handle: TELEMETRY,
        closed: true,
        error: None,
    };
    peer.say(&detach).unwrap();
    before.assert_unchanged().await;
    let again = frames::attach(TELEMETRY, Role::Sender, &telemetry_of(&device));
    peer.attached(&again).unwrap();
    accepted(&mut peer, b"fine");
    witness.ends_unharmed().await;
}

#[tokio::test]
async fn a_batch_of_the_limits_is_taken_and_one_more_is_not() {
    let witness = Witness::at(2, "batch").await;
    let device = TestDevice::create("amqp-batch").await;
    let mut peer = RawAmqp::device(node(2), &device);
    let Limits {
        max_batch_messages: count,
        max_batch_bytes: bytes,
        ..
    } = Limits::default();
    let mut stored = 0;
    for (what, messages, taken) in [
        ("as many", vec![message(1); count], true),
        ("one more", vec![message(1); count + 1], false),
        ("as much", vec![message(bytes / 2); 2], true),
        (
            "one byte more",
            vec![message(bytes / 2), message(bytes / 2 + 1)],
            false,
        ),
        (
            "far more",
            vec![Bytes::from_static(b"\0\x53\x75\xa0\0"); 30_000],
            false,
        ),
    ] {
        let events = messages.len();
        let state = peer.send(TELEMETRY, BATCH, &batch(messages)).unwrap();
        if taken {
            stored += events;
            assert_eq!(state, DeliveryState::Accepted, "{what}");
        } else {
            assert_eq!(rejection(&state), TOO_LARGE, "{what}");
        }
    }
    for (what, payload) in [
        (
            "no message in it",
            batch(vec![Bytes::from_static(b"hello")]),
        ),
        (
            "no batch",
            Message {
                body: Body::Empty,
                ..Message::default()
            }
            .to_bytes(),
        ),
        (
            "one that is none",
            batch(vec![message(1), Bytes::from_static(b"x")]),
        ),
    ] {
        let state = peer.send(TELEMETRY, BATCH, &payload).unwrap();
        assert_eq!(rejection(&state), "com.microsoft:argument-error", "{what}");
    }
    assert_eq!(device.wait_for_events(stored).await.len(), stored);
    witness.ends_unharmed().await;
}

/// Attaches so many links that receive, from this handle on.
fn attach_many(peer: &mut Peer, channel: u16, handles: std::ops::Range<u32>) {
    let count = handles.len();
    for handle in handles {
        let attach = frames::attach(handle, Role::Receiver, "$cbs");
        peer.wire.queue_frame(channel, &attach, &[]);
    }
    peer.wire.flush().unwrap();
    for _ in 0..count {
        peer.await_said("an attach", |said| {
            matches!(said.performative, Performative::Attach(_))
        })
        .unwrap();
    }
}

#[tokio::test]
async fn as_many_links_as_may_be_are_attached_and_one_more_is_not() {
    let witness = Witness::at(0, "many-links").await;
    let mut peer = RawAmqp::open(node(0));
    for first in (0..MAX_LINKS).step_by(256) {
        attach_many(&mut peer, 0, first..first + 256);
    }
    peer.wire.queue_frame(1, &frames::begin(), &[]);
    let attach = frames::attach(0, Role::Sender, "$cbs");
    peer.wire.queue_frame(1, &attach, &[]);
    peer.wire.flush().unwrap();
    let condition = "amqp:resource-limit-exceeded";
    assert_farewell(&mut peer, "one more", "detach", condition);
    witness.ends_unharmed().await;
}

#[tokio::test]
async fn who_asks_and_never_listens_is_not_listened_to_any_more() {
    let witness = Witness::at(1, "deaf").await;
    let mut peer = RawAmqp::open(node(1));
    peer.attach_cbs().unwrap();
    peer.wire.set_patience(Duration::from_secs(2)).unwrap();
    // The sockets' buffers take some megabytes of requests, and of the answers that nobody reads.
    let most = 64 * 1024 * 1024;
    let mut sent = 0;
    let request = frames::put_token(0, &"x".repeat(1_000));
    let stopped = loop {
        for _ in 0..50 {
            let _ = peer.queue_message(0, 0, &request);
        }
        sent += peer.wire.queued();
        if let Err(error) = peer.wire.flush() {
            break error;
        }
        assert!(sent < most, "the hub goes on after {sent} bytes");
    };
    let kinds = [ErrorKind::WouldBlock, ErrorKind::TimedOut];
    assert!(kinds.contains(&stopped.kind()), "{stopped}");
    witness.ends_unharmed().await;
}
