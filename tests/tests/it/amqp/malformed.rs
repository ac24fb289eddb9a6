//! Bytes that are no frames, frames that are no performatives, messages that are none.

use bytes::BufMut;
use roost_amqp::codec::message::Message;
use roost_amqp::codec::{Encode, Map, Role};
use roost_chaos::harness::amqp::{AMQP_HEADER, Peer, Raw, frames};

use super::Witness;
use crate::fixture::{
    RawAmqp, Snapshot, TELEMETRY, TestDevice, accepted, assert_closed, node, rejection,
};

const FRAMING: &str = "amqp:connection:framing-error";
const DECODE: &str = "amqp:decode-error";

/// As many levels as 60 KB hold.
fn nested() -> Vec<u8> {
    let mut bytes = vec![0x00; 60_000];
    bytes.push(0x40);
    bytes
}

/// A performative with fields that were encoded by hand.
fn performative(code: u8, count: u8, fields: &[u8]) -> Raw {
    let mut bytes = vec![0x00, 0x53, code, 0xd0];
    bytes.put_u32(u32::try_from(fields.len()).unwrap() + 4);
    bytes.put_u32(count.into());
    bytes.put_slice(fields);
    Raw(bytes)
}

/// An open with `properties` for its last field.
fn open_with(properties: &[u8]) -> Raw {
    let mut fields = "x".to_owned().to_bytes().to_vec();
    fields.extend([0x40; 8]);
    fields.extend(properties);
    performative(0x10, 10, &fields)
}

#[tokio::test]
async fn bytes_that_are_no_frame_end_the_connection() {
    let witness = Witness::at(0, "frames").await;
    for (what, bytes) in [
        ("one byte too large", [0, 1, 0, 1, 2, 0, 0, 0]),
        ("4 GB", [0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0]),
        ("smaller than its header", [0, 0, 0, 7, 2, 0, 0, 0]),
        ("no size", [0; 8]),
        ("a body in the header", [0, 0, 0, 8, 1, 0, 0, 0]),
        ("a body behind the frame", [0, 0, 0, 8, 3, 0, 0, 0]),
        ("an unknown type", [0, 0, 0, 8, 2, 2, 0, 0]),
        ("SASL", [0, 0, 0, 8, 2, 1, 0, 0]),
        ("text", *b"GET / HT"),
    ] {
        let mut peer = RawAmqp::open(node(0));
        peer.wire.queue(&bytes);
        peer.wire.flush().unwrap();
        assert_closed(peer, what, FRAMING);
    }
    witness.ends_unharmed().await;
}

#[tokio::test]
async fn frames_that_are_no_performative_end_the_connection() {
    let witness = Witness::at(1, "performatives").await;
    let whole = frames::attach(0, Role::Sender, "$cbs").to_bytes();
    let mut deep = frames::attach(0, Role::Sender, "$cbs");
    deep.properties = Some(Map::new());
    let deep = deep.to_bytes();
    // The empty map at its end gives way to nested lists.
    let mut fields = deep[6..deep.len() - 3].to_vec();
    fields.extend(nested());
    for (what, body) in [
        ("nothing but a constructor", Raw(vec![0x00])),
        ("not described", Raw(vec![0x40])),
        ("a list without descriptor", Raw(vec![0x45])),
        ("code 0x19", performative(0x19, 0, &[])),
        ("a section", performative(0x75, 0, &[])),
        ("a SASL frame", performative(0x41, 0, &[])),
        (
            "a code of eight bytes",
            Raw([&[0x00, 0x80][..], &[0xff; 8], &[0x45]].concat()),
        ),
        (
            "an unknown name",
            Raw([&[0x00, 0xa3, 3][..], b"foo", &[0x45]].concat()),
        ),
        ("fields that are missing", performative(0x12, 0, &[])),
        ("a field of another type", performative(0x12, 1, &[0x50, 1])),
        ("more fields than bytes", performative(0x13, 200, &[0x40])),
        (
            "a map in place of the list",
            Raw(vec![0x00, 0x53, 0x13, 0xc1, 1, 0]),
        ),
        ("cut off", Raw(whole[..whole.len() - 1].to_vec())),
        ("nested descriptors", Raw(nested())),
        ("nested properties", performative(0x12, 14, &fields)),
        ("a flood of nulls", performative(0x12, 255, &[0x40; 60_000])),
    ] {
        let mut peer = RawAmqp::open(node(1));
        peer.say(&body).unwrap();
        assert_closed(peer, what, DECODE);
    }
    witness.ends_unharmed().await;
}

#[tokio::test]
async fn nesting_in_an_open_ends_the_connection_after_an_open() {
    let witness = Witness::at(2, "open").await;
    let mut as_map = vec![0xd1];
    as_map.put_u32(60_006);
    as_map.put_u32(2);
    as_map.put_u8(0x40);
    as_map.extend(nested());
    for (what, properties) in [("a descriptor", nested()), ("a map", as_map)] {
        let mut wire = RawAmqp::dial(node(2));
        wire.queue(&AMQP_HEADER);
        wire.queue_frame(0, &open_with(&properties), &[]);
        wire.flush().unwrap();
        wire.receive().unwrap().expect("a header");
        // A close may not be the first frame.
        assert_closed(Peer::on(wire), what, DECODE);
    }
    witness.ends_unharmed().await;
}

#[tokio::test]
async fn a_message_that_cannot_be_read_is_rejected_and_nothing_ends() {
    let witness = Witness::at(0, "messages").await;
    let device = TestDevice::create("amqp-malformed").await;
    let mut peer = RawAmqp::device(node(0), &device);
    let before = Snapshot::of(&device).await;
    let section = |code: u8, value: &[u8]| [&[0x00, 0x53, code][..], value].concat();
    let data = Message::data("x").to_bytes();
    let twice = [section(0x73, &[0x45]), section(0x73, &[0x45])].concat();
    for (what, message) in [
        ("no section", b"hello".to_vec()),
        ("an unknown section", section(0x79, &[0x45])),
        ("a nested value", section(0x77, &nested())),
        ("nested annotations", section(0x72, &nested())),
        ("a cut section", data[..data.len() - 1].to_vec()),
        ("two bodies", [&data[..], &section(0x77, &[0x40])].concat()),
        ("properties twice", twice),
    ] {
        let state = peer.send(TELEMETRY, 0, &message).unwrap();
        assert_eq!(rejection(&state), "com.microsoft:argument-error", "{what}");
        let state = peer.send_cbs(&message).unwrap();
        assert_eq!(rejection(&state), DECODE, "{what}");
    }
    for (what, body) in [
        ("a list", section(0x77, &[0x45])),
        ("a sequence", section(0x76, &[0x45])),
    ] {
        let state = peer.send(TELEMETRY, 0, &body).unwrap();
        assert_eq!(rejection(&state), "com.microsoft:argument-error", "{what}");
        assert_eq!(peer.ask_cbs(&body).unwrap(), 400, "{what}");
    }
    before.assert_unchanged().await;
    accepted(&mut peer, b"fine");
    witness.ends_unharmed().await;
}
