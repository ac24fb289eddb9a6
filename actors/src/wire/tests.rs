//! The bytes of what was added last: what stands before it must not move.

use roost_model::{NodeId, PartitionId, SequenceNumber};

use super::*;
use crate::client::ReadFrom;
use crate::readers::{Claim, Stamp};

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn claim() -> Claim {
    Claim {
        number: 5,
        group: "g".into(),
        level: Some(-1),
        name: "n".into(),
        granted: Some(Stamp { term: 3, count: 4 }),
    }
}

fn golden<T: Encode + Decode<()> + std::fmt::Debug>(value: &T, expected: &str) {
    let bytes = encode(value);
    assert_eq!(hex(&bytes), expected, "{value:?}");
    let read: T = decode(&bytes).unwrap();
    assert_eq!(format!("{read:?}"), format!("{value:?}"));
}

#[test]
fn calls_keep_their_bytes() {
    let events = EventsRequest {
        from: ReadFrom::After(SequenceNumber(7)),
        max_events: 9,
        wait_ms: 10,
        applied: SequenceNumber(11),
        lenient: true,
    };
    golden(&Call::Settled { revision: 2 }, "010402");
    golden(&Call::Events(PartitionId(3), events), "0105030307090a0b01");
    golden(&Call::NameReaders(PartitionId(3)), "010603");
    let denials = vec![
        (
            8,
            Denial::Owned {
                level: 2,
                by: "n".into(),
            },
        ),
        (9, Denial::Crowded { most: 5 }),
    ];
    golden(
        &Call::Displace(PartitionId(3), denials),
        "01070302080004016e090105",
    );
    golden(&Call::NameSessions(PartitionId(3)), "010803");
}

#[test]
fn requests_about_readers_keep_their_bytes() {
    let node = NodeId(2);
    let sit = ReadersRequest::Sit {
        node,
        claim: claim(),
    };
    golden(&Request::Readers(sit), "011700020501670101016e010304");
    let name = ReadersRequest::Name {
        node,
        below: 6,
        claims: vec![claim()],
    };
    golden(&Request::Readers(name), "0117010206010501670101016e010304");
}

#[test]
fn answers_keep_their_bytes() {
    let page = Answer::Page {
        batches: vec![vec![1, 2]],
        next: SequenceNumber(3),
        info: PartitionInfo {
            begin_sequence: SequenceNumber(0),
            next_sequence: SequenceNumber(3),
            last_enqueued_at: Some(Timestamp(4)),
        },
    };
    golden(&page, "0111010201020300030104");
    let stamp = Stamp { term: 3, count: 4 };
    golden(&Answer::Readers(ReadersAnswer::Seated(stamp)), "0112000304");
    let verdicts = vec![None, Some(Denial::Crowded { most: 5 })];
    golden(
        &Answer::Readers(ReadersAnswer::Named(verdicts)),
        "0112010200010105",
    );
}
