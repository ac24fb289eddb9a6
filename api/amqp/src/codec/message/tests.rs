use bytes::{Bytes, BytesMut};
use proptest::option::of;
use proptest::prelude::*;

use super::{Body, Header, Message, MessageId, Properties};
use crate::codec::value::strategy::{bytes, map, symbol, value};
use crate::codec::{DecodeError, Encode, Map, SequenceNo, Timestamp, Value};

fn message_id() -> impl Strategy<Value = MessageId> {
    prop_oneof![
        any::<u64>().prop_map(MessageId::Ulong),
        any::<[u8; 16]>().prop_map(MessageId::Uuid),
        bytes().prop_map(MessageId::Binary),
        ".{0,40}".prop_map(MessageId::String),
    ]
}

fn properties() -> impl Strategy<Value = Properties> {
    let first = (
        of(message_id()),
        of(bytes()),
        of(".{0,9}"),
        of(".{0,9}"),
        of(".{0,9}"),
    );
    let second = (of(message_id()), of(symbol()), of(symbol()));
    let third = (
        of(any::<i64>()),
        of(any::<i64>()),
        of(".{0,9}"),
        of(any::<u32>()),
        of(".{0,9}"),
    );
    (first, second, third).prop_map(|(first, second, third)| Properties {
        message_id: first.0,
        user_id: first.1,
        to: first.2,
        subject: first.3,
        reply_to: first.4,
        correlation_id: second.0,
        content_type: second.1,
        content_encoding: second.2,
        absolute_expiry_time: third.0.map(Timestamp),
        creation_time: third.1.map(Timestamp),
        group_id: third.2,
        group_sequence: third.3.map(SequenceNo),
        reply_to_group_id: third.4,
    })
}

fn header() -> impl Strategy<Value = Header> {
    (
        any::<bool>(),
        of(any::<u8>()),
        of(any::<u32>()),
        any::<bool>(),
        any::<u32>(),
    )
        .prop_map(
            |(durable, priority, ttl, first_acquirer, delivery_count)| Header {
                durable,
                priority,
                ttl,
                first_acquirer,
                delivery_count,
            },
        )
}

fn body() -> impl Strategy<Value = Body> {
    let list =
        proptest::collection::vec(value(), 0..3).prop_map(|list| Value::List(list).to_bytes());
    prop_oneof![
        Just(Body::Empty),
        proptest::collection::vec(bytes(), 1..4).prop_map(Body::Data),
        proptest::collection::vec(list, 1..3).prop_map(Body::Sequence),
        value().prop_map(|value| Body::value(&value)),
    ]
}

fn message() -> impl Strategy<Value = Message> {
    let maps = (of(map()), of(map()), of(map()), of(map()));
    (of(header()), maps, of(properties()), body()).prop_map(|(header, maps, properties, body)| {
        Message {
            header,
            delivery_annotations: maps.0,
            message_annotations: maps.1,
            properties,
            application_properties: maps.2,
            body,
            footer: maps.3,
        }
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read(message in message()) {
        prop_assert_eq!(Message::decode(&message.to_bytes()), Ok(message));
    }

    #[test]
    fn changed_bytes_never_panic(
        message in message(),
        changes in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 0..5),
    ) {
        let mut bytes = BytesMut::from(&message.to_bytes()[..]);
        for (index, byte) in changes {
            if !bytes.is_empty() {
                let at = index.index(bytes.len());
                bytes[at] = byte;
            }
        }
        if let Ok(read) = Message::decode(&bytes.freeze()) {
            // The body was looked through, so that only its number of values can be too large.
            let value = read.body.to_value();
            prop_assert!(matches!(
                value,
                None | Some(Ok(_)) | Some(Err(DecodeError::TooManyValues))
                    | Some(Err(DecodeError::InvalidValue(_)))
                    | Some(Err(DecodeError::UnknownConstructor(_)))
                    | Some(Err(DecodeError::SizeMismatch))
                    | Some(Err(DecodeError::UnsupportedArray))
            ), "{:?}", value);
        }
    }
}

fn data(text: &'static str) -> Vec<u8> {
    let mut section = vec![0x00, 0x53, 0x75, 0xa0, u8::try_from(text.len()).unwrap()];
    section.extend_from_slice(text.as_bytes());
    section
}

#[test]
fn sections_are_read_in_the_order_of_the_c_sdk() {
    let properties = [0x00, 0x53, 0x73, 0xc0, 4, 1, 0xa1, 1, b'm'];
    let application = [0x00, 0x53, 0x74, 0xc1, 7, 2, 0xa1, 1, b'a', 0xa1, 1, b'b'];
    let annotations = [0x00, 0x53, 0x72, 0xc1, 7, 2, 0xa3, 1, b'x', 0xa1, 1, b'y'];
    let payload = [&properties[..], &application, &annotations, &data("body")].concat();
    let message = Message::decode(&payload.into()).unwrap();
    let id = message.properties.unwrap().message_id;
    assert_eq!(id, Some(MessageId::String("m".to_owned())));
    assert_eq!(
        message.application_properties,
        Some(Map::new().string("a", "b"))
    );
    assert_eq!(
        message.message_annotations,
        Some(Map::new().symbol("x", "y"))
    );
    assert_eq!(message.body, Body::Data(vec![Bytes::from_static(b"body")]));
}

#[test]
fn a_batch_has_many_data_sections_that_share_the_payload() {
    let payload = Bytes::from([data("one"), data("two"), data("three")].concat());
    let Body::Data(sections) = Message::decode(&payload).unwrap().body else {
        panic!()
    };
    assert_eq!(sections, [&b"one"[..], b"two", b"three"]);
    assert_eq!(sections[0].as_ptr(), payload[5..].as_ptr());
}

#[test]
fn an_answer_with_nothing_in_it_is_a_null() {
    let message = Message {
        body: Body::value(&Value::Null),
        ..Message::default()
    };
    assert_eq!(&message.to_bytes()[..], &[0x00, 0x53, 0x77, 0x40]);
    assert_eq!(message.body.to_value(), Some(Ok(Value::Null)));
}

#[test]
fn bodies_do_not_mix_and_sections_do_not_repeat() {
    let value = [0x00, 0x53, 0x77, 0x40];
    let header = [0x00, 0x53, 0x70, 0x45];
    for payload in [
        [&data("x")[..], &value].concat(),
        [&value[..], &value].concat(),
        [&header[..], &header].concat(),
        vec![0x00, 0x53, 0x14, 0x45],
        vec![0x41],
    ] {
        assert!(Message::decode(&payload.into()).is_err());
    }
}
