use proptest::prelude::*;

use super::*;
use crate::event::{AuthKind, AuthMethod, AuthScope, Event, MessageSource, Origin, encode_record};
use crate::id::{ConnectionEpoch, Generation, Identity};

/// A batch of `count` events whose session sequences are 0, 1, ….
fn batch(base: u64, count: u32) -> StoredBatch {
    let identity: Identity = "dev".parse().unwrap();
    let mut records = BytesMut::new();
    for sequence in 0..u64::from(count) {
        let origin = Origin {
            identity: &identity,
            generation: Generation(1),
            auth: AuthMethod::new(AuthScope::Device, AuthKind::Sas),
            source: MessageSource::Telemetry,
            epoch: ConnectionEpoch(1),
            sequence,
        };
        encode_record(&mut records, &origin, &Event::default());
    }
    let header = BatchHeader::new(SequenceNumber(base), Timestamp(77), count);
    StoredBatch {
        header,
        records: records.freeze(),
    }
}

fn sequences(records: BatchRecords) -> Vec<(u64, u64)> {
    records
        .map(|item| item.map(|(at, record)| (at.get(), record.sequence())))
        .collect::<Result<_, _>>()
        .unwrap()
}

/// A change of these bytes is a new version of the layout, not a new expectation.
#[test]
fn version_1_of_the_header_has_these_bytes() {
    let header = BatchHeader::new(SequenceNumber(0x0102), Timestamp(0x0304), 0x05);
    let golden = [
        1, 2, 1, 0, 0, 0, 0, 0, 0, 4, 3, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0,
    ];
    let mut out = BytesMut::new();
    header.encode(&mut out);
    assert_eq!(out[..], golden);
    assert_eq!(out.len(), BatchHeader::LEN);
    assert_eq!(BatchHeader::decode(&golden), Ok(header));
}

#[test]
fn a_stored_value_is_the_header_and_the_records() {
    let batch = batch(10, 3);
    let value = batch.encode();
    assert_eq!(value.len(), BatchHeader::LEN + batch.records.len());
    assert_eq!(value[BatchHeader::LEN..], batch.records[..]);
    assert_eq!(StoredBatch::decode(value), Ok(batch));
}

#[test]
fn events_are_numbered_from_the_base() {
    assert_eq!(sequences(batch(10, 3).iter()), [(10, 0), (11, 1), (12, 2)]);
    assert_eq!(batch(10, 3).header.next_sequence(), SequenceNumber(13));
    assert_eq!(sequences(batch(10, 0).iter()), []);
}

#[test]
fn reading_can_start_anywhere() {
    let batch = batch(10, 3);
    let from = |at| sequences(batch.iter_from(SequenceNumber(at)));
    assert_eq!(from(0), [(10, 0), (11, 1), (12, 2)]);
    assert_eq!(from(10), [(10, 0), (11, 1), (12, 2)]);
    assert_eq!(from(12), [(12, 2)]);
    assert_eq!(from(13), []);
    assert_eq!(from(u64::MAX), []);
}

#[test]
fn a_wrong_count_is_an_error_wherever_reading_starts() {
    for wrong in [2, 4] {
        let mut batch = batch(10, 3);
        batch.header.count = wrong;
        for from in [0, 11, 99] {
            let last = batch.iter_from(SequenceNumber(from)).last();
            assert_eq!(last, Some(Err(BatchError::CountMismatch)), "{wrong} {from}");
        }
    }
}

#[test]
fn a_damaged_record_ends_the_reading_with_its_error() {
    let mut batch = batch(10, 3);
    let mut records = batch.records.to_vec();
    let second = records.len() / 3;
    records[second + 4] = 9;
    batch.records = Bytes::from(records);
    let mut reading = batch.iter();
    assert!(matches!(reading.next(), Some(Ok(_))));
    let error = BatchError::Record(RecordError::UnknownVersion(9));
    assert_eq!(reading.next(), Some(Err(error)));
    assert_eq!(reading.next(), None);
}

#[test]
fn damaged_headers_are_refused() {
    let value = batch(10, 1).encode();
    assert_eq!(
        BatchHeader::decode(&value[..20]),
        Err(BatchError::Truncated)
    );
    assert_eq!(BatchHeader::decode(&[]), Err(BatchError::Truncated));
    assert_eq!(
        StoredBatch::decode(value.slice(..3)),
        Err(BatchError::Truncated)
    );
    let mut unknown = value.to_vec();
    unknown[0] = 2;
    assert_eq!(
        BatchHeader::decode(&unknown),
        Err(BatchError::UnknownVersion(2))
    );
}

#[test]
fn a_batch_may_reach_the_last_sequence_number_and_not_past_it() {
    let read = |base: u64, count| {
        let mut out = BytesMut::new();
        BatchHeader::new(SequenceNumber(base), Timestamp(1), count).encode(&mut out);
        BatchHeader::decode(&out).map(|header| header.next_sequence())
    };
    assert_eq!(read(u64::MAX - 1, 1), Ok(SequenceNumber(u64::MAX)));
    assert_eq!(read(u64::MAX, 1), Err(BatchError::SequenceOverflow));
}

proptest! {
    #[test]
    fn headers_round_trip(base in 0..u64::MAX / 2, at: u64, count: u32) {
        let header = BatchHeader::new(SequenceNumber(base), Timestamp(at), count);
        let mut out = BytesMut::new();
        header.encode(&mut out);
        prop_assert_eq!(BatchHeader::decode(&out), Ok(header));
    }

    #[test]
    fn arbitrary_bytes_never_panic_and_reading_ends(mut bytes: Vec<u8>, from: u64) {
        if let Some(version) = bytes.first_mut() {
            *version = 1;
        }
        if let Ok(batch) = StoredBatch::decode(Bytes::from(bytes)) {
            prop_assert!(batch.iter().count() <= batch.records.len() + 1);
            prop_assert!(batch.iter_from(SequenceNumber(from)).count() <= batch.records.len() + 1);
        }
    }

    #[test]
    fn a_damaged_batch_never_panics(at in 0usize..120, to: u8) {
        let mut bytes = batch(10, 2).encode().to_vec();
        if let Some(byte) = bytes.get_mut(at) {
            *byte = to;
        }
        if let Ok(batch) = StoredBatch::decode(Bytes::from(bytes)) {
            let _ = batch.iter().count();
        }
    }
}
