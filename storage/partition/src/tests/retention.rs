use std::time::Duration;

use roost_model::{SequenceNumber, Timestamp};

use super::support::{Replica, record};
use crate::retention::trim_point;
use crate::{Outcome, TrimEvents};

/// Ten batches of three events, one second apart.
fn ten_batches() -> Replica {
    let mut replica = Replica::new();
    replica.create("dev");
    let epoch = replica.attach("dev").epoch;
    for batch in 0..10 {
        replica.now.0 += 999;
        let records: Vec<_> = (1..=3)
            .map(|n| {
                record(
                    "dev",
                    epoch,
                    batch * 3 + n,
                    &format!("{}", batch * 3 + n - 1),
                )
            })
            .collect();
        replica.append(&records);
    }
    replica
}

fn trim(replica: &mut Replica, before: u64) -> u64 {
    match replica.run(TrimEvents {
        before: SequenceNumber(before),
    }) {
        Outcome::Trimmed(trimmed) => trimmed.begin.get(),
        other => panic!("not trimmed: {other:?}"),
    }
}

#[test]
fn whole_batches_go_and_the_begin_never_goes_back() {
    let mut replica = ten_batches();
    assert_eq!(trim(&mut replica, 8), 6);
    assert_eq!(replica.reader().bounds().begin, SequenceNumber(6));
    assert_eq!(replica.bodies()[0], "6");
    assert_eq!(trim(&mut replica, 2), 6);
    assert_eq!(trim(&mut replica, 8), 6);
    assert_eq!(trim(&mut replica, 9), 9);
    replica.assert_sound();
}

#[test]
fn a_reader_that_asks_for_trimmed_events_gets_the_oldest_kept() {
    let mut replica = ten_batches();
    trim(&mut replica, 12);
    let batches = replica
        .reader()
        .events(SequenceNumber(1), 1, usize::MAX)
        .unwrap();
    assert_eq!(batches[0].header.base_sequence, SequenceNumber(12));
}

#[test]
fn everything_may_go_and_the_stream_goes_on() {
    let mut replica = ten_batches();
    assert_eq!(trim(&mut replica, 1000), 30);
    assert!(replica.reader().bounds().is_empty());
    assert_eq!(replica.reader().event_bytes(), 0);
    assert_eq!(replica.reader().oldest_enqueued_at().unwrap(), None);
    replica.say("dev", "on");
    assert_eq!(replica.bodies(), ["on"]);
    replica.assert_sound();
    let reopened = replica.crashed();
    reopened.assert_sound();
}

#[test]
fn progress_survives_the_events_that_told_it() {
    let mut replica = ten_batches();
    trim(&mut replica, 1000);
    replica.store.flush().unwrap();
    let reopened = replica.crashed();
    reopened.assert_equals(&replica);
    let session = &reopened.reader().sessions().unwrap()[0].1;
    assert_eq!(session.last_sequence, 30);
}

#[test]
fn events_and_trims_of_one_entry_go_together() {
    let mut replica = Replica::new();
    replica.create("dev");
    let epoch = replica.attach("dev").epoch;
    let events = |from: u64| {
        let records: Vec<_> = (from..from + 20)
            .map(|n| record("dev", epoch, n, &format!("{n}")))
            .collect();
        super::support::append(&records)
    };
    let trim = |before| TrimEvents {
        before: SequenceNumber(before),
    };
    let commands = vec![
        events(1).into(),
        events(21).into(),
        trim(25).into(),
        events(41).into(),
        trim(45).into(),
        trim(30).into(),
    ];
    let answers = replica.propose(commands);
    let begins: Vec<_> = answers
        .iter()
        .filter_map(|outcome| match outcome {
            Outcome::Trimmed(trimmed) => Some(trimmed.begin.get()),
            _ => None,
        })
        .collect();
    assert_eq!(begins, [20, 40, 40]);
    assert_eq!(replica.bodies().len(), 20);
    replica.assert_sound();
}

#[test]
fn retention_by_age_finds_the_first_event_that_is_young_enough() {
    let replica = ten_batches();
    let reader = replica.reader();
    let newest = reader.bounds().last_enqueued_at;
    let keep =
        |seconds| trim_point(&reader, newest, Duration::from_secs(seconds), u64::MAX).unwrap();
    assert_eq!(keep(100), None);
    assert_eq!(keep(9), None);
    assert_eq!(keep(8), Some(SequenceNumber(3)));
    assert_eq!(keep(0), Some(SequenceNumber(27)));
    let later = newest.saturating_add(Duration::from_secs(60));
    let all = trim_point(&reader, later, Duration::from_secs(1), u64::MAX).unwrap();
    assert_eq!(all, Some(SequenceNumber(30)));
}

#[test]
fn retention_by_size_keeps_the_newest_events() {
    let mut replica = ten_batches();
    let reader = replica.reader();
    let whole = reader.event_bytes();
    let keep = |bytes| trim_point(&reader, Timestamp(0), Duration::MAX, bytes).unwrap();
    assert_eq!(keep(whole), None);
    let half = keep(whole / 2).unwrap();
    assert!((15..=24).contains(&half.get()), "{half}");
    // The last mark stands behind the ninth batch.
    assert_eq!(keep(0), Some(SequenceNumber(27)));
    let begin = trim(&mut replica, half.get());
    assert_eq!(begin, half.get());
    assert!(reader.event_bytes() <= whole / 2);
    assert_eq!(
        trim_point(&reader, Timestamp(0), Duration::MAX, whole / 2).unwrap(),
        None
    );
    replica.assert_sound();
}

#[test]
fn nothing_is_trimmed_from_an_empty_stream() {
    let mut replica = Replica::new();
    let far = Timestamp(u64::MAX);
    assert_eq!(
        trim_point(&replica.reader(), far, Duration::ZERO, 0).unwrap(),
        None
    );
    assert_eq!(trim(&mut replica, 10), 0);
}

#[test]
fn the_files_of_trimmed_events_go_only_when_the_trim_is_durable() {
    let mut replica = ten_batches();
    let flusher = replica.partition.flusher();
    let position = flusher.flush().unwrap();
    assert_eq!(position, replica.partition.applied().position);
    trim(&mut replica, 1000);
    let before = replica.crashed();
    assert_eq!(before.reader().bounds().begin, SequenceNumber(0));
    assert_eq!(before.bodies().len(), 30);
    before.assert_sound();
    flusher.flush().unwrap();
    let after = replica.crashed();
    assert!(after.reader().bounds().is_empty());
    after.assert_equals(&replica);
}
