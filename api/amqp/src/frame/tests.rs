use bytes::{BufMut, BytesMut};
use proptest::prelude::*;

use super::{FrameError, FrameKind, ProtocolHeader, put, take};

fn input(bytes: &[u8]) -> BytesMut {
    BytesMut::from(bytes)
}

#[test]
fn an_empty_frame_is_eight_bytes() {
    let mut out = BytesMut::new();
    put(&mut out, FrameKind::Amqp, 0, |_| {});
    assert_eq!(&out[..], &[0, 0, 0, 8, 2, 0, 0, 0]);
}

#[test]
fn a_frame_waits_for_its_last_byte() {
    let mut whole = BytesMut::new();
    put(&mut whole, FrameKind::Sasl, 7, |out| out.put_slice(b"body"));
    for length in 0..whole.len() {
        assert_eq!(take(&mut input(&whole[..length]), 512), Ok(None));
    }
    let frame = take(&mut whole, 512).unwrap().unwrap();
    assert_eq!((frame.kind, frame.channel), (FrameKind::Sasl, 7));
    assert_eq!(&frame.body[..], b"body");
    assert!(whole.is_empty());
}

#[test]
fn an_extended_header_is_skipped() {
    let bytes = [0, 0, 0, 14, 3, 0, 0, 1, 9, 9, 9, 9, 1, 2];
    let frame = take(&mut input(&bytes), 512).unwrap().unwrap();
    assert_eq!(&frame.body[..], &[1, 2]);
}

#[test]
fn headers_that_cannot_be_are_refused_at_once() {
    for (header, error) in [
        ([0, 0, 0, 7, 2, 0, 0, 0], FrameError::TooSmall(7)),
        ([0, 0, 0, 9, 1, 0, 0, 0], FrameError::DataOffset(1)),
        ([0, 0, 0, 9, 3, 0, 0, 0], FrameError::DataOffset(3)),
        ([0, 0, 0, 9, 2, 2, 0, 0], FrameError::UnknownType(2)),
        (
            [0, 0, 2, 1, 2, 0, 0, 0],
            FrameError::TooLarge {
                size: 513,
                max_size: 512,
            },
        ),
    ] {
        assert_eq!(take(&mut input(&header), 512), Err(error));
    }
}

#[test]
fn protocol_headers_are_those_of_version_one() {
    assert_eq!(
        ProtocolHeader::parse(b"AMQP\x00\x01\x00\x00"),
        Some(ProtocolHeader::Amqp)
    );
    assert_eq!(
        ProtocolHeader::parse(b"AMQP\x03\x01\x00\x00"),
        Some(ProtocolHeader::Sasl)
    );
    for other in [
        b"AMQP\x00\x00\x09\x01",
        b"AMQP\x02\x01\x00\x00",
        b"GET / HT",
    ] {
        assert_eq!(ProtocolHeader::parse(other), None);
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
        let _ = take(&mut input(&bytes), 512);
    }
}
