//! Each performative in the bytes of the standard, every field of it.

use bytes::{Bytes, BytesMut};
use proptest::prelude::*;

use super::strategy;
use super::{AmqpError, Close, Detach, Disposition, End, Flow, Open, Performative, Transfer};
use crate::codec::delivery_state::DeliveryState;
use crate::codec::terminus::{Source, Target};
use crate::codec::{Decode, DecodeError, Encode, Reader, Role, SequenceNo};

proptest! {
    #[test]
    fn what_is_written_is_read(performative in strategy::performative()) {
        prop_assert_eq!(Performative::from_bytes(&performative.to_bytes()), Ok(performative));
    }

    #[test]
    fn changed_bytes_never_panic(
        performative in strategy::performative(),
        changes in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..5),
    ) {
        let mut bytes = BytesMut::from(&performative.to_bytes()[..]);
        for (index, byte) in changes {
            let at = index.index(bytes.len());
            bytes[at] = byte;
        }
        let bytes = bytes.freeze();
        let _ = Performative::decode(&mut Reader::new(&bytes));
    }

    #[test]
    fn arbitrary_fields_never_panic(
        descriptor in 0x10_u8..0x19,
        fields in proptest::collection::vec(any::<u8>(), 0..200),
        count in any::<u8>(),
    ) {
        let size = u8::try_from(fields.len() + 1).unwrap();
        let bytes = [&[0x00, 0x53, descriptor, 0xc0, size, count], &fields[..]].concat().into();
        let _ = Performative::decode(&mut Reader::new(&bytes));
    }

    #[test]
    fn every_state_is_read_as_written(state in strategy::state()) {
        prop_assert_eq!(DeliveryState::from_bytes(&state.to_bytes()), Ok(state));
    }
}

fn check(body: &(impl Encode + Decode + PartialEq + std::fmt::Debug), golden: &[u8]) {
    assert_eq!(&body.to_bytes()[..], golden, "{body:?}");
    let read = Decode::from_bytes(&Bytes::copy_from_slice(golden));
    assert_eq!(read.as_ref(), Ok(body));
}

#[test]
fn open_has_ten_fields() {
    let open = Open {
        container_id: "c".to_owned(),
        hostname: None,
        max_frame_size: 65_536,
        channel_max: 8_191,
        idle_time_out: Some(120_000),
        outgoing_locales: Default::default(),
        incoming_locales: Default::default(),
        offered_capabilities: Default::default(),
        desired_capabilities: Default::default(),
        properties: None,
    };
    check(
        &open,
        &[
            0x00, 0x53, 0x10, 0xc0, 23, 10, 0xa1, 1, b'c', 0x40, 0x70, 0, 1, 0, 0, 0x60, 0x1f,
            0xff, 0x70, 0, 1, 0xd4, 0xc0, 0x40, 0x40, 0x40, 0x40, 0x40,
        ],
    );
}

#[test]
fn flow_has_eleven_fields() {
    let flow = Flow::session(SequenceNo(1), 2, SequenceNo(3), 4);
    check(
        &flow,
        &[
            0x00, 0x53, 0x13, 0xc0, 16, 11, 0x52, 1, 0x52, 2, 0x52, 3, 0x52, 4, 0x40, 0x40, 0x40,
            0x40, 0x42, 0x42, 0x40,
        ],
    );
}

#[test]
fn transfer_has_eleven_fields() {
    let transfer = Transfer {
        handle: 0,
        delivery_id: Some(SequenceNo(1)),
        delivery_tag: Some(Bytes::from_static(b"t")),
        message_format: Some(0),
        settled: Some(false),
        more: true,
        rcv_settle_mode: None,
        state: None,
        resume: false,
        aborted: false,
        batchable: false,
    };
    check(
        &transfer,
        &[
            0x00, 0x53, 0x14, 0xc0, 15, 11, 0x43, 0x52, 1, 0xa0, 1, b't', 0x43, 0x42, 0x41, 0x40,
            0x40, 0x42, 0x42, 0x42,
        ],
    );
}

#[test]
fn disposition_has_six_fields() {
    let disposition = Disposition {
        role: Role::Receiver,
        first: SequenceNo(1),
        last: Some(SequenceNo(2)),
        settled: true,
        state: Some(DeliveryState::Accepted),
        batchable: false,
    };
    check(
        &disposition,
        &[
            0x00, 0x53, 0x15, 0xc0, 14, 6, 0x41, 0x52, 1, 0x52, 2, 0x41, 0x00, 0x53, 0x24, 0xc0, 1,
            0, 0x42,
        ],
    );
}

#[test]
fn detach_end_and_close_write_a_missing_error() {
    check(
        &Detach {
            handle: 300,
            closed: true,
            error: None,
        },
        &[0x00, 0x53, 0x16, 0xc0, 8, 3, 0x70, 0, 0, 1, 44, 0x41, 0x40],
    );
    check(&End { error: None }, &[0x00, 0x53, 0x17, 0xc0, 2, 1, 0x40]);
    let error = AmqpError {
        condition: "a:b".into(),
        description: None,
        info: None,
    };
    check(
        &Close { error: Some(error) },
        &[
            0x00, 0x53, 0x18, 0xc0, 14, 1, 0x00, 0x53, 0x1d, 0xc0, 8, 3, 0xa3, 3, b'a', b':', b'b',
            0x40, 0x40,
        ],
    );
}

#[test]
fn termini_have_eleven_and_seven_fields() {
    check(
        &Source::at("a"),
        &[
            0x00, 0x53, 0x28, 0xc0, 14, 11, 0xa1, 1, b'a', 0x43, 0x40, 0x43, 0x42, 0x40, 0x40,
            0x40, 0x40, 0x40, 0x40,
        ],
    );
    check(
        &Target::at("a"),
        &[
            0x00, 0x53, 0x29, 0xc0, 10, 7, 0xa1, 1, b'a', 0x43, 0x40, 0x43, 0x42, 0x40, 0x40,
        ],
    );
}

#[test]
fn short_lists_and_surplus_fields_are_read() {
    let short = Bytes::from_static(&[0x00, 0x53, 0x10, 0xc0, 4, 1, 0xa1, 1, b'c']);
    let open = Open::from_bytes(&short).unwrap();
    assert_eq!(
        (open.max_frame_size, open.channel_max),
        (u32::MAX, u16::MAX)
    );
    let surplus = Bytes::from_static(&[
        0x00, 0x53, 0x17, 0xc0, 8, 3, 0x40, 0xa1, 1, b'?', 0xc0, 1, 0,
    ]);
    assert_eq!(End::from_bytes(&surplus), Ok(End { error: None }));
    let nothing = Bytes::from_static(&[0x00, 0x53, 0x17, 0x45]);
    assert_eq!(End::from_bytes(&nothing), Ok(End { error: None }));
    let missing = Bytes::from_static(&[0x00, 0x53, 0x10, 0x45]);
    assert_eq!(
        Open::from_bytes(&missing),
        Err(DecodeError::MissingField("container_id"))
    );
}

#[test]
fn integers_of_another_width_are_read() {
    // handle as ulong, as one client writes it; and one that no uint holds.
    let wide = Bytes::from_static(&[0x00, 0x53, 0x16, 0xc0, 3, 1, 0x53, 9]);
    assert_eq!(Detach::from_bytes(&wide).map(|detach| detach.handle), Ok(9));
    let large = Bytes::from_static(&[0x00, 0x53, 0x16, 0xc0, 10, 1, 0x80, 1, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(
        Detach::from_bytes(&large),
        Err(DecodeError::InvalidValue("uint"))
    );
}
