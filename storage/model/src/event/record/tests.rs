use bytes::BytesMut;
use proptest::prelude::*;

use super::*;
use crate::codec;
use crate::event::{AuthKind, AuthScope};

fn identity(text: &str) -> Identity {
    text.parse().unwrap()
}

fn origin(identity: &Identity) -> Origin<'_> {
    Origin {
        identity,
        generation: Generation(0x33),
        auth: AuthMethod::new(AuthScope::Module, AuthKind::X509),
        source: MessageSource::Telemetry,
        epoch: ConnectionEpoch(0x11),
        sequence: 0x22,
    }
}

fn sample() -> Event {
    Event {
        system: vec![(SystemProperty::ContentType, "text/plain".into())],
        properties: vec![
            ("a".into(), Some("b".into())),
            ("c".into(), None),
            ("d".into(), Some("".into())),
        ],
        body: Bytes::from_static(b"body"),
    }
}

fn encoded(origin: &Origin<'_>, event: &Event) -> Bytes {
    let mut out = BytesMut::new();
    encode_record(&mut out, origin, event);
    out.freeze()
}

/// A change of these bytes is a new version of the layout, not a new expectation.
#[rustfmt::skip]
const GOLDEN: &[u8] = &[
    66, 0, 0, 0, // length
    1, // version
    0, 2, 1, // telemetry, module, x509
    0x11, 0, 0, 0, 0, 0, 0, 0, // epoch
    0x22, 0, 0, 0, 0, 0, 0, 0, // sequence
    0x33, 0, 0, 0, 0, 0, 0, 0, // generation
    8, 0, b'd', b'e', b'v', b'1', 0, b'm', b'o', b'd',
    1, 4, 10, b't', b'e', b'x', b't', b'/', b'p', b'l', b'a', b'i', b'n',
    3, 1, b'a', 2, b'b', 1, b'c', 0, 1, b'd', 1,
    b'b', b'o', b'd', b'y',
];

#[test]
fn version_1_of_the_record_has_these_bytes() {
    let identity = identity("dev1/mod");
    assert_eq!(encoded(&origin(&identity), &sample()), GOLDEN);
    let record = Record::try_from(Bytes::from_static(GOLDEN)).unwrap();
    assert_eq!(record.event(), Ok(sample()));
    assert_eq!(record.identity(), Ok(identity));
}

#[test]
fn the_header_is_read_without_the_event() {
    let identity = identity("dev1/mod");
    let record = Record::try_from(encoded(&origin(&identity), &sample())).unwrap();
    assert_eq!(record.epoch(), ConnectionEpoch(0x11));
    assert_eq!(record.sequence(), 0x22);
    assert_eq!(record.generation(), Generation(0x33));
    assert_eq!(
        record.auth(),
        AuthMethod::new(AuthScope::Module, AuthKind::X509)
    );
    assert_eq!(record.source(), MessageSource::Telemetry);
    assert_eq!(record.identity_key(), b"dev1\0mod");
    assert_eq!(record.identity_key(), identity_key(&identity));
    assert_eq!(record.raw(), GOLDEN);
}

#[test]
fn the_body_shares_the_buffer_of_the_record() {
    let raw = encoded(&origin(&identity("d")), &sample());
    let body = Record::try_from(raw.clone()).unwrap().event().unwrap().body;
    assert!(raw.as_ptr_range().contains(&body.as_ptr()));
}

#[test]
fn nothing_in_an_event_changes_who_sent_it() {
    let identity = identity("honest");
    let reserved = [
        "iothub-connection-device-id",
        "iothub-connection-module-id",
        "iothub-connection-auth-method",
        "iothub-connection-auth-generation-id",
        "iothub-message-source",
    ];
    let event = Event {
        properties: reserved
            .map(|name| (name.to_owned(), Some("forged".to_owned())))
            .to_vec(),
        ..Event::default()
    };
    let record = Record::try_from(encoded(&origin(&identity), &event)).unwrap();
    assert_eq!(record.identity(), Ok(identity));
    assert_eq!(record.generation(), Generation(0x33));
    assert_eq!(record.source(), MessageSource::Telemetry);
    assert!(
        SystemProperty::ALL
            .iter()
            .all(|one| !reserved.contains(&one.name()))
    );
}

#[test]
fn the_longest_identity_fits_and_a_longer_key_is_refused() {
    let longest = identity(&format!("{}/{}", "d".repeat(128), "m".repeat(128)));
    let raw = encoded(&origin(&longest), &Event::default());
    assert_eq!(
        Record::try_from(raw.clone()).unwrap().identity(),
        Ok(longest)
    );
    let mut longer = raw.to_vec();
    longer[32..34].copy_from_slice(&258u16.to_le_bytes());
    assert_eq!(
        Record::try_from(Bytes::from(longer)),
        Err(RecordError::InvalidIdentity)
    );
}

#[test]
fn damaged_headers_are_refused() {
    let damaged = |at: usize, to: u8| {
        let mut bytes = GOLDEN.to_vec();
        bytes[at] = to;
        Record::try_from(Bytes::from(bytes))
    };
    assert_eq!(damaged(0, 67), Err(RecordError::Truncated));
    assert_eq!(damaged(0, 65), Err(RecordError::TrailingBytes));
    assert_eq!(damaged(3, 0xff), Err(RecordError::Truncated));
    assert_eq!(damaged(4, 0), Err(RecordError::UnknownVersion(0)));
    assert_eq!(damaged(4, 2), Err(RecordError::UnknownVersion(2)));
    assert_eq!(damaged(5, 6), Err(RecordError::UnknownCode));
    assert_eq!(damaged(6, 3), Err(RecordError::UnknownCode));
    assert_eq!(damaged(7, 2), Err(RecordError::UnknownCode));
    assert_eq!(damaged(32, 0), Err(RecordError::InvalidIdentity));
    assert_eq!(damaged(32, 37), Err(RecordError::Truncated));
}

#[test]
fn damage_behind_the_header_is_found_when_the_event_is_read() {
    let damaged = |at: usize, to: u8| {
        let mut bytes = GOLDEN.to_vec();
        bytes[at] = to;
        Record::try_from(Bytes::from(bytes)).unwrap()
    };
    assert_eq!(
        damaged(34, b'/').identity(),
        Err(RecordError::InvalidIdentity)
    );
    assert_eq!(
        damaged(34, 0xff).identity(),
        Err(RecordError::InvalidIdentity)
    );
    assert_eq!(damaged(34, 0).identity(), Err(RecordError::InvalidIdentity));
    assert_eq!(damaged(42, 127).event(), Err(RecordError::InvalidLength));
    assert_eq!(
        damaged(43, 99).event(),
        Err(RecordError::UnknownProperty(99))
    );
    assert_eq!(damaged(44, 127).event(), Err(RecordError::Truncated));
    assert_eq!(damaged(45, 0xff).event(), Err(RecordError::InvalidText));
}

#[test]
fn a_count_larger_than_the_record_sets_no_memory_aside() {
    let mut bytes = encoded(&origin(&identity("d")), &Event::default()).to_vec();
    bytes.truncate(35);
    bytes.extend([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]);
    let length = (bytes.len() - PREFIX) as u32;
    bytes[..4].copy_from_slice(&length.to_le_bytes());
    let record = Record::try_from(Bytes::from(bytes)).unwrap();
    assert_eq!(record.event(), Err(RecordError::InvalidLength));
}

#[test]
fn a_failed_split_takes_nothing() {
    let mut cut = Bytes::from_static(&GOLDEN[..GOLDEN.len() - 1]);
    assert_eq!(Record::split(&mut cut), Err(RecordError::Truncated));
    assert_eq!(cut.len(), GOLDEN.len() - 1);
    let mut none = Bytes::new();
    assert_eq!(Record::split(&mut none), Ok(None));
    assert_eq!(Record::try_from(none), Err(RecordError::Truncated));
}

#[test]
fn modules_sort_behind_their_device_and_before_the_next() {
    let mut keys =
        ["dev", "dev/a", "dev/z", "dev!", "dev1"].map(|text| identity_key(&identity(text)));
    let expected = keys.clone();
    keys.sort();
    assert_eq!(keys, expected);
}

#[test]
fn a_record_survives_the_codec_and_a_damaged_one_is_refused() {
    let record = Record::try_from(Bytes::from_static(GOLDEN)).unwrap();
    let bytes = codec::encode(1, &record);
    assert_eq!(codec::decode(1, &bytes), Ok((1, record)));
    assert!(codec::decode::<Record>(1, &codec::encode(1, &GOLDEN[1..].to_vec())).is_err());
}

fn any_event() -> impl Strategy<Value = Event> {
    let system = proptest::sample::subsequence(SystemProperty::ALL, 0..=SystemProperty::ALL.len())
        .prop_flat_map(|names| {
            let values = proptest::collection::vec("\\PC{0,200}", names.len());
            values.prop_map(move |values| names.iter().copied().zip(values).collect())
        });
    let properties =
        proptest::collection::vec(("\\PC{0,9}", proptest::option::of("\\PC{0,200}")), 0..5);
    let body = proptest::collection::vec(any::<u8>(), 0..300).prop_map(Bytes::from);
    (system, properties, body).prop_map(|(system, properties, body)| Event {
        system,
        properties,
        body,
    })
}

proptest! {
    #[test]
    fn records_round_trip_one_behind_the_other(
        id in "[a-z0-9$]{1,128}(/[a-z0-9$]{1,128})?",
        events in proptest::collection::vec(any_event(), 0..4),
        epoch: u64, sequence: u64, generation: u64,
    ) {
        let identity = identity(&id);
        let origin = Origin {
            generation: Generation(generation),
            epoch: ConnectionEpoch(epoch),
            sequence,
            ..origin(&identity)
        };
        let mut out = BytesMut::new();
        for event in &events {
            encode_record(&mut out, &origin, event);
        }
        let mut bytes = out.freeze();
        for event in events {
            let record = Record::split(&mut bytes).unwrap().unwrap();
            prop_assert_eq!(record.event(), Ok(event));
            prop_assert_eq!(&record.identity().unwrap(), &identity);
            prop_assert_eq!((record.epoch().0, record.sequence()), (epoch, sequence));
            prop_assert_eq!(record.generation().0, generation);
        }
        prop_assert_eq!(Record::split(&mut bytes), Ok(None));
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes: Vec<u8>) {
        read_all(Bytes::from(bytes));
    }

    #[test]
    fn arbitrary_bytes_behind_a_true_length_never_panic(
        rest in proptest::collection::vec(any::<u8>(), 0..300)
    ) {
        let mut bytes = (rest.len() as u32).to_le_bytes().to_vec();
        bytes.extend(rest);
        if let Some(version) = bytes.get_mut(4) {
            *version = VERSION;
        }
        for code in bytes.iter_mut().skip(5).take(3) {
            *code = 0;
        }
        read_all(Bytes::from(bytes));
    }

    #[test]
    fn a_damaged_record_never_panics(at in 0..GOLDEN.len(), to: u8, end in 0..=GOLDEN.len()) {
        let mut bytes = GOLDEN.to_vec();
        bytes[at] = to;
        bytes.truncate(end);
        read_all(Bytes::from(bytes));
    }
}

fn read_all(mut bytes: Bytes) {
    while let Ok(Some(record)) = Record::split(&mut bytes) {
        let _ = (
            record.identity_key().len(),
            record.identity(),
            record.event(),
        );
        let _ = format!("{record:?}");
    }
}
