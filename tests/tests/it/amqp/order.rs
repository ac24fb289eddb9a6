//! Performatives where none of their kind may stand.

use roost_amqp::codec::performative::{Attach, Begin, Detach, Disposition, Open, Performative};
use roost_amqp::codec::terminus::TargetArchetype;
use roost_amqp::codec::{Encode, Role, SequenceNo};
use roost_chaos::harness::amqp::{AMQP_HEADER, Peer, frames};

use super::Witness;
use crate::fixture::{
    RawAmqp, TestDevice, accepted, assert_closed, assert_farewell, node, telemetry_of,
};

const ILLEGAL: &str = "amqp:illegal-state";
const UNATTACHED: &str = "amqp:session:unattached-handle";

/// The first frame on a new connection is this.
fn first_is(what: &str, body: &impl Encode, condition: &str) {
    let mut wire = RawAmqp::dial(node(0));
    wire.queue(&AMQP_HEADER);
    wire.queue_frame(0, body, &[]);
    wire.flush().unwrap();
    wire.receive().unwrap().expect("a header");
    assert_closed(Peer::on(wire), what, condition);
}

#[tokio::test]
async fn nothing_comes_before_an_open_and_no_open_after_it() {
    let witness = Witness::at(0, "first").await;
    first_is("begin", &frames::begin(), ILLEGAL);
    first_is("attach", &frames::attach(0, Role::Sender, "$cbs"), ILLEGAL);
    first_is("transfer", &frames::transfer(0, 0), ILLEGAL);
    let small = Open {
        max_frame_size: 511,
        ..frames::open()
    };
    first_is("frames that are too small", &small, "amqp:invalid-field");
    let hasty = Open {
        idle_time_out: Some(10),
        ..frames::open()
    };
    first_is("a client in a hurry", &hasty, "amqp:not-allowed");

    let mut peer = RawAmqp::open(node(0));
    peer.say(&frames::open()).unwrap();
    assert_closed(peer, "a second open", ILLEGAL);
    let mut peer = RawAmqp::open(node(0));
    peer.say(&frames::begin()).unwrap();
    assert_closed(peer, "a second begin", ILLEGAL);
    let mut peer = RawAmqp::open(node(0));
    let answer = Begin {
        remote_channel: Some(0),
        ..frames::begin()
    };
    peer.wire.queue_frame(1, &answer, &[]);
    peer.wire.flush().unwrap();
    assert_closed(peer, "an answer to nothing", ILLEGAL);
    witness.ends_unharmed().await;
}

#[tokio::test]
async fn channels_and_handles_beyond_what_was_announced_end_the_connection() {
    let witness = Witness::at(1, "beyond").await;
    let framing = "amqp:connection:framing-error";
    for channel in [8_192, u16::MAX] {
        let mut peer = RawAmqp::open(node(1));
        peer.wire.queue_frame(channel, &frames::begin(), &[]);
        peer.wire.flush().unwrap();
        assert_closed(peer, "a channel", framing);
    }
    let mut peer = RawAmqp::open(node(1));
    let far = frames::attach(65_536, Role::Sender, "$cbs");
    peer.say(&far).unwrap();
    assert_closed(peer, "a handle", framing);
    witness.ends_unharmed().await;
}

/// A session on the next channel shows that the connection goes on.
fn goes_on(peer: &mut Peer, channel: u16) {
    peer.wire.queue_frame(channel, &frames::begin(), &[]);
    peer.wire.flush().unwrap();
    peer.await_said("begin", |said| {
        said.channel == channel && matches!(said.performative, Performative::Begin(_))
    })
    .unwrap();
}

#[tokio::test]
async fn handles_without_a_link_end_the_session_and_not_the_connection() {
    let witness = Witness::at(2, "handles").await;
    let detach = Detach {
        handle: 9,
        closed: true,
        error: None,
    };
    let flow = frames::credit(9, 0, 10);
    let mut peer = RawAmqp::open(node(2));
    for (number, body) in [
        frames::transfer(9, 0).to_bytes(),
        detach.to_bytes(),
        flow.to_bytes(),
    ]
    .into_iter()
    .enumerate()
    {
        let channel = u16::try_from(number).unwrap() + 1;
        goes_on(&mut peer, channel);
        let raw = roost_chaos::harness::amqp::Raw(body.to_vec());
        peer.wire.queue_frame(channel, &raw, b"");
        peer.wire.flush().unwrap();
        assert_farewell(&mut peer, "unattached", "end", UNATTACHED);
    }
    // The session that was there before is still there.
    let attach = frames::attach(3, Role::Sender, "$cbs");
    peer.attached(&attach).unwrap();
    peer.say(&attach).unwrap();
    assert_farewell(&mut peer, "twice", "end", "amqp:session:handle-in-use");
    goes_on(&mut peer, 20);
    let long = Attach {
        name: "n".repeat(1_025),
        ..frames::attach(0, Role::Sender, "$cbs")
    };
    peer.wire.queue_frame(20, &long, &[]);
    peer.wire.flush().unwrap();
    let condition = "amqp:resource-limit-exceeded";
    assert_farewell(&mut peer, "a long name", "end", condition);
    goes_on(&mut peer, 21);
    witness.ends_unharmed().await;
}

#[tokio::test]
async fn a_link_that_is_misused_ends_and_the_others_do_not() {
    let witness = Witness::at(0, "links").await;
    let device = TestDevice::create("amqp-links").await;
    let other = TestDevice::create("amqp-links-other").await;
    let mut peer = RawAmqp::device(node(0), &device);
    assert_eq!(peer.put_token(&other.credential.token()).unwrap(), 200);
    let mut untagged = frames::transfer(30, 1_000);
    untagged.delivery_tag = None;
    let mut tagged_long = frames::transfer(30, 1_001);
    tagged_long.delivery_tag = Some(vec![0; 33].into());
    let mut resumed = frames::transfer(30, 1_002);
    resumed.resume = true;
    for (what, transfer, condition) in [
        ("no tag", untagged, "amqp:invalid-field"),
        ("a long tag", tagged_long, "amqp:invalid-field"),
        ("resumed", resumed, "amqp:not-implemented"),
    ] {
        let attach = frames::attach(30, Role::Sender, &telemetry_of(&other));
        peer.attached(&attach).unwrap();
        peer.say_with(&transfer, b"x").unwrap();
        assert_farewell(&mut peer, what, "detach", condition);
        let detach = Detach {
            handle: 30,
            closed: true,
            error: None,
        };
        peer.say(&detach).unwrap();
        accepted(&mut peer, b"fine");
    }
    let mut coordinator = frames::attach(31, Role::Sender, "");
    coordinator.target = Some(TargetArchetype::Coordinator);
    let refused = peer.attach(&coordinator).unwrap().unwrap_err();
    assert_eq!(refused.condition, "amqp:not-implemented");
    // Outcomes of what was never delivered mean nothing.
    for last in [None, Some(SequenceNo(u32::MAX / 2))] {
        let disposition = Disposition {
            role: Role::Receiver,
            first: SequenceNo(0),
            last,
            settled: true,
            state: None,
            batchable: false,
        };
        peer.say(&disposition).unwrap();
    }
    accepted(&mut peer, b"fine");
    witness.ends_unharmed().await;
}

#[tokio::test]
async fn what_exceeds_the_credit_ends_the_link() {
    let witness = Witness::at(1, "credit").await;
    let device = TestDevice::create("amqp-credit").await;
    let mut peer = RawAmqp::open(node(1));
    assert_eq!(peer.put_token(&device.credential.token()).unwrap(), 200);
    // Credit comes when the device has attached, which takes longer than this.
    let attach = frames::attach(40, Role::Sender, &telemetry_of(&device));
    peer.wire.queue_frame(0, &attach, &[]);
    let _ = peer.queue_message(40, 0, b"too early");
    peer.wire.flush().unwrap();
    let condition = "amqp:link:transfer-limit-exceeded";
    assert_farewell(&mut peer, "no credit", "detach", condition);
    assert!(device.events().await.is_empty());
    // Whoever gives a link more credit than there is to send takes nothing from anyone.
    let receiver = frames::attach(41, Role::Receiver, "$cbs");
    peer.attached(&receiver).unwrap();
    peer.say(&frames::credit(41, 77, u32::MAX)).unwrap();
    assert_eq!(peer.put_token(&device.credential.token()).unwrap(), 200);
    witness.ends_unharmed().await;
}
