//! Bytes that stand on disks: they may never be read otherwise.

use bytes::Bytes;
use roost_engine::{Batch, GroupId, StateOptions, StateStore};
use roost_model::{
    AuthKind, AuthMethod, AuthScope, Channel, Channels, ConnectionEpoch, ETag, Event, Generation,
    Grant, Incarnation, NodeId, PartitionId, SequenceNumber, SymmetricKey, Timestamp,
};

use super::*;
use crate::op::Checkpoint;
use crate::position::Position;
use crate::session::SessionState;
use crate::table::mark::Mark;
use crate::table::partition_row::PartitionRow;
use crate::will::Will;

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn the_partition_row_is_written_as_ever() {
    let row = PartitionRow {
        partition: PartitionId(2),
        position: Some(Position {
            index: 300,
            term: 2,
        }),
        begin: SequenceNumber(1),
        next: SequenceNumber(300),
        last_enqueued_at: Timestamp(1000),
        appended_bytes: 70_000,
        trimmed_bytes: 5,
        sessions_written_at: SequenceNumber(4),
        sessions_written_bytes: 6,
        last_epoch: ConnectionEpoch(7),
        last_generation: Generation(8),
        last_etag: ETag(9),
        devices: 10,
        disabled_devices: 11,
        modules: 12,
        last_message: 13,
        queued: 14,
        dead_letters: 15,
        feedback_begin: 16,
        feedback_next: 17,
    };
    let golden = "010201fb2c010201fb2c01fbe803fc701101000504060708090a0b0c0d0e0f1011";
    assert_eq!(hex(&row.encode()), golden);
    assert_eq!(
        PartitionRow::decode(PartitionId(2), &row.encode()).unwrap(),
        row
    );
}

#[test]
fn a_session_row_is_written_as_ever() {
    let state = SessionState {
        epoch: ConnectionEpoch(7),
        generation: Generation(8),
        node: NodeId(3),
        incarnation: Incarnation(4),
        auth: AuthMethod::new(AuthScope::Device, AuthKind::Sas),
        grant: Grant::Own,
        protocol: 2,
        clean: true,
        channels: Channels::NONE.with(Channel::Methods),
        model_id: Some("m".into()),
        key: Some(SymmetricKey::from_bytes(vec![7; 16]).unwrap().fingerprint()),
        expires_at: Some(Timestamp(77)),
        will: Some(Box::new(Will(Event {
            body: Bytes::from_static(b"bye"),
            ..Event::default()
        }))),
        connected_since: Timestamp(1000),
        last_activity_at: Timestamp(1001),
        last_sequence: 300,
    };
    let golden =
        "010708030401000002011001016d01d761d406af2a4a5a014d01000003627965fbe803fbe903fb2c01";
    assert_eq!(hex(&session::encode(&state)), golden);
    assert_eq!(session::decode(&session::encode(&state)).unwrap(), state);
}

#[test]
fn small_rows_are_written_as_ever() {
    let at = SequenceNumber(5);
    let checkpoint = Checkpoint {
        sequence: at,
        updated_at: Timestamp(1000),
    };
    assert_eq!(hex(&checkpoint::encode(&checkpoint)), "0105fbe803");
    assert_eq!(
        hex(&Mark {
            sequence: at,
            bytes: 300
        }
        .encode()),
        "01fb2c01"
    );
    assert_eq!(hex(&mark::tail(at)), "020000000000000005");
    let members = (
        Some(Position { index: 1, term: 2 }),
        Bytes::from_static(&[0xaa]),
    );
    assert_eq!(hex(&membership::encode(&members)), "0101010201aa");
    assert_eq!(
        membership::decode(&membership::encode(&members)).unwrap(),
        members
    );
}

#[test]
fn the_pointer_reads_back_and_is_zero_before_it_is_written() {
    let dir = tempfile::TempDir::new().unwrap();
    let store = StateStore::open(dir.path(), &tables(), StateOptions::default()).unwrap();
    let group = GroupId(7);
    assert_eq!(pointer::read(&store, group).unwrap(), 0);
    let mut batch = Batch::default();
    pointer::put(&mut batch, group, 5);
    store.write(batch).unwrap();
    assert_eq!(pointer::read(&store, group).unwrap(), 5);
    let value = store
        .get(PARTITION, &group.0.to_be_bytes())
        .unwrap()
        .unwrap();
    assert_eq!(hex(&value), "0105");
}

#[test]
fn rows_of_a_newer_version_are_refused() {
    assert!(PartitionRow::decode(PartitionId(0), &[2, 0]).is_err());
    assert!(session::decode(&[2, 0]).is_err());
    assert!(checkpoint::decode(&[]).is_err());
    assert!(identity::decode(&[9]).is_err());
}
