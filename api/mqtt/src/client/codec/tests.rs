//! The codec against that of the server's framework, which is another implementation.

use bytes::BytesMut;
use ntex::codec::{Decoder, Encoder};
use ntex::util::{BytePageSize, BytePages};
use ntex_mqtt::v3::codec as peer;
use proptest::prelude::*;

use super::*;
use crate::client::options::{ConnectOptions, Will};

const MAX: usize = 1 << 20;

fn read_by_peer(bytes: &BytesMut) -> peer::Decoded {
    let mut source = ntex::util::BytesMut::from(&bytes[..]);
    let packet = peer::Codec::new().decode(&mut source).unwrap().unwrap();
    assert!(source.is_empty());
    packet
}

fn written_by_peer(packet: peer::Encoded) -> BytesMut {
    let mut pages = BytePages::new(BytePageSize::Size4);
    peer::Codec::new().encode(packet, &mut pages).unwrap();
    BytesMut::from(&pages.freeze()[..])
}

#[test]
fn connect_is_understood_with_all_its_fields() {
    let options = ConnectOptions {
        username: Some("name".to_owned()),
        password: Some("secret".to_owned()),
        keep_alive: 77,
        clean_session: false,
        will: Some(Will {
            topic: "will".to_owned(),
            payload: Bytes::from_static(b"gone"),
            qos: QoS::AtLeastOnce,
            retain: true,
        }),
        ..ConnectOptions::new("host:1883", "client")
    };
    let mut out = BytesMut::new();
    encode::connect(&mut out, &options).unwrap();
    let peer::Decoded::Packet(peer::Packet::Connect(connect), _) = read_by_peer(&out) else {
        panic!("not a CONNECT");
    };
    assert_eq!(connect.client_id, "client");
    assert_eq!(connect.username.as_deref(), Some("name"));
    assert_eq!(connect.password.as_deref(), Some(&b"secret"[..]));
    assert_eq!((connect.keep_alive, connect.clean_session), (77, false));
    let will = connect.last_will.unwrap();
    assert_eq!((&will.topic[..], &will.message[..]), ("will", &b"gone"[..]));
    assert!(will.retain && will.qos == ntex_mqtt::QoS::AtLeastOnce);
}

#[test]
fn the_small_packets_are_understood() {
    let id = |n| std::num::NonZeroU16::new(n).unwrap();
    let read = |write: &dyn Fn(&mut BytesMut)| {
        let mut out = BytesMut::new();
        write(&mut out);
        match read_by_peer(&out) {
            peer::Decoded::Packet(packet, _) => packet,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(read(&encode::pingreq), peer::Packet::PingRequest);
    assert_eq!(read(&encode::disconnect), peer::Packet::Disconnect);
    let puback = read(&|out| encode::puback(out, 9));
    assert_eq!(puback, peer::Packet::PublishAck { packet_id: id(9) });
    let subscribe = read(&|out| encode::subscribe(out, 7, &[("a/#", QoS::AtLeastOnce)]).unwrap());
    let topic_filters = vec![("a/#".into(), ntex_mqtt::QoS::AtLeastOnce)];
    assert_eq!(
        subscribe,
        peer::Packet::Subscribe {
            packet_id: id(7),
            topic_filters
        }
    );
    let unsubscribe = read(&|out| encode::unsubscribe(out, 8, &["a/#"]).unwrap());
    let topic_filters = vec!["a/#".into()];
    assert_eq!(
        unsubscribe,
        peer::Packet::Unsubscribe {
            packet_id: id(8),
            topic_filters
        }
    );
}

#[test]
fn the_answers_of_the_server_are_read() {
    let id = std::num::NonZeroU16::new(513).unwrap();
    let read = |packet| {
        let mut bytes = written_by_peer(peer::Encoded::Packet(packet));
        let packet = decode(&mut bytes, MAX).unwrap().unwrap();
        assert!(bytes.is_empty());
        packet
    };
    let ack = peer::ConnectAck {
        return_code: peer::ConnectAckReason::NotAuthorized,
        session_present: false,
    };
    let expected = Packet::ConnAck {
        session_present: false,
        code: 5,
    };
    assert_eq!(read(peer::Packet::ConnectAck(ack)), expected);
    assert_eq!(
        read(peer::Packet::PublishAck { packet_id: id }),
        Packet::PubAck(513)
    );
    assert_eq!(
        read(peer::Packet::UnsubscribeAck { packet_id: id }),
        Packet::UnsubAck(513)
    );
    assert_eq!(read(peer::Packet::PingResponse), Packet::PingResp);
    let status = vec![
        peer::SubscribeReturnCode::Success(ntex_mqtt::QoS::AtLeastOnce),
        peer::SubscribeReturnCode::Failure,
    ];
    let expected = Packet::SubAck {
        id: 513,
        codes: Bytes::from_static(&[1, 0x80]),
    };
    assert_eq!(
        read(peer::Packet::SubscribeAck {
            packet_id: id,
            status
        }),
        expected
    );
}

#[test]
fn a_packet_over_the_limit_is_refused_before_it_arrives() {
    let mut bytes = BytesMut::from(&[0x30, 0xFF, 0xFF, 0x7F][..]);
    assert_eq!(decode(&mut bytes, 1000), Err(DecodeError::TooLong(1000)));
    let mut bytes = BytesMut::from(&[0x30, 0xFF, 0xFF, 0xFF, 0xFF, 1][..]);
    assert_eq!(decode(&mut bytes, 1000), Err(DecodeError::Malformed));
}

#[test]
fn a_text_that_is_too_long_is_refused_and_nothing_is_written() {
    let mut out = BytesMut::new();
    let topic = "t".repeat(70_000);
    assert!(encode::publish(&mut out, &topic, b"", None).is_err());
    assert!(encode::subscribe(&mut out, 1, &[(&topic, QoS::AtMostOnce)]).is_err());
    assert!(out.is_empty());
}

proptest! {
    #[test]
    fn any_bytes_are_decoded_without_a_panic(bytes: Vec<u8>) {
        let mut source = BytesMut::from(&bytes[..]);
        while let Ok(Some(_)) = decode(&mut source, MAX) {}
    }

    #[test]
    fn a_publish_is_read_by_both_sides(
        topic in "[a-z/]{1,200}",
        payload in proptest::collection::vec(any::<u8>(), 0..3000),
        id in proptest::option::of(1..u16::MAX),
    ) {
        let mut out = BytesMut::new();
        encode::publish(&mut out, &topic, &payload, id).unwrap();
        let peer::Decoded::Publish(publish, body, _) = read_by_peer(&out) else {
            panic!("not a PUBLISH");
        };
        prop_assert_eq!(&publish.topic[..], &topic);
        prop_assert_eq!(&body[..], &payload[..]);
        prop_assert_eq!(publish.packet_id.map(std::num::NonZeroU16::get), id);
        // every cut of the packet is waited for
        for cut in [0, 1, 2, out.len() - 1] {
            let mut part = BytesMut::from(&out[..cut]);
            prop_assert_eq!(decode(&mut part, MAX), Ok(None));
        }
        let expected =
            Packet::Publish(Publish { topic, payload: payload.into(), id, retain: false, dup: false });
        prop_assert_eq!(decode(&mut out, MAX), Ok(Some(expected)));
    }
}
