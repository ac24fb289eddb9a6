//! What a client does wrong ends what the standard says, with the condition it says, and nothing else.

use bytes::BufMut;

use super::client::{Client, attach, begin, condition, flow, open, transfer};
use crate::codec::performative::{Begin, Open, Performative};
use crate::codec::{Described, Encode, Map, Role, SequenceNo, Value};
use crate::engine::{Event, Side};
use crate::frame::ProtocolHeader;

const FRAMING: &str = "amqp:connection:framing-error";
const DECODE: &str = "amqp:decode-error";
const ILLEGAL: &str = "amqp:illegal-state";

/// The connection ends with this condition; the host hears of it once.
fn closes(mut client: Client, wanted: &str) {
    let events = client.events();
    let [
        ..,
        Event::Closed {
            by: Side::Server,
            error,
        },
    ] = &events[..]
    else {
        panic!("{wanted}: {events:?}");
    };
    assert_eq!(condition(error.as_ref()), wanted);
    assert_eq!(client.farewell(), ("close", wanted.to_owned()));
    assert!(client.events().is_empty());
    assert!(client.engine.sessions.is_empty());
}

/// The session ends with this condition and the connection goes on.
fn ends(mut client: Client, wanted: &str) {
    let events = client.events();
    let [.., Event::Ended { error, .. }] = &events[..] else {
        panic!("{wanted}: {events:?}");
    };
    assert_eq!(condition(error.as_ref()), wanted);
    assert_eq!(client.farewell(), ("end", wanted.to_owned()));
    client.say(4, &begin());
    assert!(matches!(client.events()[..], [Event::SessionBegun(_)]));
}

/// The link detaches with this condition and the session goes on.
fn detaches(mut client: Client, wanted: &str) {
    let events = client.events();
    let [
        ..,
        Event::Detached {
            error,
            closed: true,
            ..
        },
    ] = &events[..]
    else {
        panic!("{wanted}: {events:?}");
    };
    assert_eq!(condition(error.as_ref()), wanted);
    assert_eq!(client.farewell(), ("detach", wanted.to_owned()));
    // What was on the way is passed over.
    client.say_with(0, &transfer(0, 77), b"x");
    assert!(client.events().is_empty());
    client.sender(9, 1);
}

fn with_raw(bytes: &[u8]) -> Client {
    let mut client = Client::running();
    client.raw(bytes);
    client
}

#[test]
fn bytes_that_are_no_frame() {
    closes(with_raw(&[0, 0, 0, 7, 2, 0, 0, 0]), FRAMING);
    closes(with_raw(&[0, 0, 0, 8, 1, 0, 0, 0]), FRAMING);
    closes(with_raw(&[0, 0, 0, 8, 3, 0, 0, 0]), FRAMING);
    closes(with_raw(&[0, 0, 0, 8, 2, 9, 0, 0]), FRAMING);
    closes(with_raw(&[0, 0, 0, 8, 2, 1, 0, 0]), FRAMING);
    // Judged by its header, without waiting for 16 MiB.
    closes(with_raw(&[1, 0, 0, 0, 2, 0, 0, 0]), FRAMING);
}

#[test]
fn after_a_broken_frame_nothing_is_read() {
    let mut client = with_raw(&[0, 0, 0, 7, 2, 0, 0, 0]);
    client.say(3, &begin());
    client.events();
    assert!(client.engine.is_finished());
}

#[test]
fn bodies_that_are_no_performative() {
    let frame = |body: &[u8]| {
        let mut bytes = Vec::new();
        bytes.put_u32(u32::try_from(body.len()).unwrap() + 8);
        bytes.put_slice(&[2, 0, 0, 0]);
        bytes.put_slice(body);
        bytes
    };
    for body in [
        &[0x00][..],
        &[0x40],
        &[0x00, 0x53, 0x19, 0xc0, 1, 0],
        &[0x00, 0x53, 0x40, 0xc0, 1, 0],
        &[0x00, 0xa3, 3, b'f', b'o', b'o', 0x45],
        &[0x00, 0x53, 0x13, 0xc0, 200, 4],
        &[0x00, 0x53, 0x12, 0x45],
        &[0x00, 0x53, 0x12, 0xc0, 3, 1, 0x50, 1],
        &[0x00, 0x53, 0x14, 0xd0, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 1],
    ] {
        closes(with_raw(&frame(body)), DECODE);
    }
}

#[test]
fn a_symbolic_descriptor_is_as_good_as_a_number() {
    let mut client = Client::running();
    let mut body = vec![0x00, 0xa3, 14];
    body.put_slice(b"amqp:flow:list");
    body.put_slice(&[0xc0, 9, 6, 0x40, 0x52, 9, 0x52, 7, 0x43, 0x40, 0x40]);
    let mut frame = Vec::new();
    frame.put_u32(u32::try_from(body.len()).unwrap() + 8);
    frame.put_slice(&[2, 0, 0, 0]);
    frame.extend(body);
    client.raw(&frame);
    assert!(client.events().is_empty());
    assert!(client.frames().is_empty());
}

fn nested(levels: usize) -> Value {
    struct Raw(usize);
    impl Raw {
        fn value(self) -> Value {
            (0..self.0).fold(Value::Null, |value, _| {
                Described {
                    descriptor: Value::Ulong(1),
                    value,
                }
                .into()
            })
        }
    }
    Raw(levels).value()
}

/// 60 KB of described values inside one another.
fn nested_map() -> Vec<u8> {
    let mut bytes = vec![0x00; 60_000];
    bytes.push(0x40);
    bytes
}

#[test]
fn nesting_ends_the_connection_before_and_after_open() {
    // As properties of an open: ten fields, of which the last is nested.
    let mut fields = Vec::new();
    "x".to_owned()
        .to_bytes()
        .iter()
        .for_each(|byte| fields.push(*byte));
    fields.extend([0x40; 8]);
    fields.extend([0xd1, 0, 0, 0xea, 0x68, 0, 0, 0, 2, 0x40]);
    fields.extend(nested_map());
    let mut body = vec![0x00, 0x53, 0x10, 0xd0];
    body.put_u32(u32::try_from(fields.len()).unwrap() + 4);
    body.put_u32(10);
    body.extend(fields);
    let mut frame = Vec::new();
    frame.put_u32(u32::try_from(body.len()).unwrap() + 8);
    frame.put_slice(&[2, 0, 0, 0]);
    frame.extend(body);
    let mut client = Client::connect();
    client.raw(ProtocolHeader::Amqp.bytes());
    client.raw(&frame);
    let events = client.events();
    let [Event::Closed { error, .. }] = &events[..] else {
        panic!("{events:?}")
    };
    assert_eq!(condition(error.as_ref()), DECODE);
    // A close may not come first.
    let frames = client.frames();
    assert!(matches!(
        frames[..],
        [
            (_, Performative::Open(_), _),
            (_, Performative::Close(_), _)
        ]
    ));

    let mut client = Client::running();
    let mut deep = attach(0, Role::Sender);
    deep.properties = Some(Map::new().symbol("x", nested(1_000)));
    client.say(0, &deep);
    closes(client, DECODE);
}

#[test]
fn a_nested_message_is_seen_by_whoever_reads_it() {
    let mut payload = vec![0x00, 0x53, 0x77];
    payload.extend(nested_map());
    let mut client = Client::running();
    client.sender(0, 10);
    client.say_with(0, &transfer(0, 0), &payload);
    let Some(Event::Delivery(delivery)) = client.poll() else {
        panic!()
    };
    let read = crate::codec::message::Message::decode(&delivery.payload);
    assert_eq!(read, Err(crate::codec::DecodeError::TooDeep));
}

#[test]
fn performatives_in_the_wrong_order() {
    let mut client = Client::connect();
    client.raw(ProtocolHeader::Amqp.bytes());
    client.say(0, &begin());
    let events = client.events();
    let [Event::Closed { error, .. }] = &events[..] else {
        panic!("{events:?}")
    };
    assert_eq!(condition(error.as_ref()), ILLEGAL);

    let mut client = Client::running();
    client.say(0, &open());
    closes(client, ILLEGAL);
    let mut client = Client::running();
    client.say(0, &begin());
    closes(client, ILLEGAL);
    let mut client = Client::running();
    client.say(
        1,
        &Begin {
            remote_channel: Some(0),
            ..begin()
        },
    );
    closes(client, ILLEGAL);
}

#[test]
fn numbers_beyond_what_was_agreed() {
    let mut client = Client::running();
    client.say(crate::limits::CHANNEL_MAX + 1, &begin());
    closes(client, FRAMING);
    let mut client = Client::running();
    client.say(0, &attach(crate::limits::HANDLE_MAX + 1, Role::Sender));
    closes(client, FRAMING);
    let mut client = Client::running();
    client.say(101, &begin());
    closes(client, "amqp:not-allowed");
    for (open, wanted) in [
        (
            Open {
                max_frame_size: 511,
                ..open()
            },
            "amqp:invalid-field",
        ),
        (
            Open {
                idle_time_out: Some(5),
                ..open()
            },
            "amqp:not-allowed",
        ),
    ] {
        let mut client = Client::connect();
        client.raw(ProtocolHeader::Amqp.bytes());
        client.say(0, &open);
        closes(client, wanted);
    }
}

#[test]
fn handles_of_nothing_and_handles_twice() {
    let unattached = "amqp:session:unattached-handle";
    let mut client = Client::running();
    client.say_with(0, &transfer(5, 0), b"x");
    ends(client, unattached);
    let mut client = Client::running();
    client.say(0, &flow(5, 0, 1));
    ends(client, unattached);
    let mut client = Client::running();
    client.say(0, &super::client::detach(5));
    ends(client, unattached);
    let mut client = Client::running();
    client.sender(0, 1);
    client.say(0, &attach(0, Role::Receiver));
    ends(client, "amqp:session:handle-in-use");
}

#[test]
fn a_name_that_is_a_load() {
    let mut client = Client::running();
    let mut asked = attach(0, Role::Sender);
    asked.name = "n".repeat(1_025);
    client.say(0, &asked);
    ends(client, "amqp:resource-limit-exceeded");
}

#[test]
fn more_than_the_window() {
    let mut client = Client::running_with(|config| config.incoming_window = 3);
    client.sender(0, 100);
    for delivery in 0..4 {
        client.say_with(0, &transfer(0, delivery), b"x");
    }
    ends(client, "amqp:session:window-violation");
}

#[test]
fn more_than_the_credit() {
    let mut client = Client::running();
    client.sender(0, 1);
    client.say_with(0, &transfer(0, 0), b"x");
    client.say_with(0, &transfer(0, 1), b"x");
    detaches(client, "amqp:link:transfer-limit-exceeded");
}

#[test]
fn deliveries_that_are_none() {
    let mut untagged = transfer(0, 0);
    untagged.delivery_tag = None;
    let mut unnumbered = transfer(0, 0);
    unnumbered.delivery_id = None;
    let mut long_tag = transfer(0, 0);
    long_tag.delivery_tag = Some(vec![0; 33].into());
    let mut resumed = transfer(0, 0);
    resumed.resume = true;
    for (transfer, wanted) in [
        (untagged, "amqp:invalid-field"),
        (unnumbered, "amqp:invalid-field"),
        (long_tag, "amqp:invalid-field"),
        (resumed, "amqp:not-implemented"),
    ] {
        let mut client = Client::running();
        client.sender(0, 10);
        client.say_with(0, &transfer, b"x");
        detaches(client, wanted);
    }
}

#[test]
fn a_delivery_within_another() {
    let mut client = Client::running();
    client.sender(0, 10);
    let mut part = transfer(0, 0);
    part.more = true;
    client.say_with(0, &part, b"x");
    part.delivery_id = Some(SequenceNo(1));
    client.say_with(0, &part, b"x");
    detaches(client, "amqp:not-allowed");
}

#[test]
fn a_transfer_from_a_receiver() {
    let mut client = Client::running();
    client.receiver(0, 10);
    client.say_with(0, &transfer(0, 0), b"x");
    detaches(client, "amqp:not-allowed");
}

#[test]
fn more_than_a_message_may_have() {
    let mut client = Client::running_with(|config| config.max_message_size = 10);
    client.sender(0, 10);
    let mut part = transfer(0, 0);
    part.more = true;
    client.say_with(0, &part, b"123456");
    client.say_with(0, &part, b"123456");
    detaches(client, "amqp:link:message-size-exceeded");
}
