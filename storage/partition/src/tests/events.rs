use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use proptest::prelude::*;
use roost_model::{BatchHeader, SequenceNumber, Timestamp};

use super::support::{GROUP, PARTITION, Replica, append, id, record, settings};
use crate::table::rows::Rows;
use crate::table::{self, EVENT, prefix::Prefix};
use crate::{
    AppendEvents, AppendRejection, Command, Envelope, Outcome, Partition, PartitionError,
    PartitionSettings, Payload,
};

fn sequence(number: u64) -> SequenceNumber {
    SequenceNumber(number)
}

#[test]
fn what_is_replicated_is_what_is_stored() {
    let mut replica = Replica::new();
    replica.create("dev");
    let epoch = replica.attach("dev").epoch;
    let records: Vec<_> = (1..4)
        .map(|n| record("dev", epoch, n, &format!("{n}")))
        .collect();
    let appended = replica.append(&records);
    assert_eq!((appended.base, appended.exceptions), (sequence(0), vec![]));
    let rows = Rows {
        store: replica.store.clone(),
        prefix: Prefix::new(GROUP, 0),
    };
    let value = rows
        .get(EVENT, &table::event::tail(sequence(0)))
        .unwrap()
        .unwrap();
    assert_eq!(
        value.slice(BatchHeader::LEN..),
        Bytes::from(records.concat())
    );
    assert_eq!(
        replica.reader().event_bytes(),
        records.concat().len() as u64
    );
    replica.assert_sound();
}

#[test]
fn a_resent_event_is_acknowledged_and_stored_once() {
    let mut replica = Replica::new();
    replica.create("dev");
    let epoch = replica.attach("dev").epoch;
    let records: Vec<_> = (1..5)
        .map(|n| record("dev", epoch, n, &format!("{n}")))
        .collect();
    replica.append(&records[..2]);
    assert_eq!(replica.append(&records).exceptions, []);
    assert_eq!(replica.append(&records).exceptions, []);
    assert_eq!(replica.bodies(), ["1", "2", "3", "4"]);
    assert_eq!(replica.reader().bounds().next, sequence(4));
    replica.assert_sound();
}

#[test]
fn a_gap_in_a_session_is_refused_until_it_is_filled() {
    let mut replica = Replica::new();
    replica.create("dev");
    let epoch = replica.attach("dev").epoch;
    let records: Vec<_> = (1..5)
        .map(|n| record("dev", epoch, n, &format!("{n}")))
        .collect();
    let torn = [records[0].clone(), records[2].clone(), records[3].clone()];
    let expected = AppendRejection::OutOfOrder { expected: 2 };
    assert_eq!(
        replica.append(&torn).exceptions,
        [(1, expected), (2, expected)]
    );
    assert_eq!(replica.append(&records[1..]).exceptions, []);
    assert_eq!(replica.bodies(), ["1", "2", "3", "4"]);
}

#[test]
fn refused_records_do_not_hinder_those_around_them() {
    let mut replica = Replica::new();
    replica.create("a");
    replica.create("b");
    let old = replica.attach("a").epoch;
    let (a, b) = (replica.attach("a").epoch, replica.attach("b").epoch);
    let appended = replica.append(&[
        record("a", a, 1, "a1"),
        record("a", old, 1, "superseded"),
        record("b", b, 1, "b1"),
        record("b", a, 2, "not b's session"),
        record("a", a, 2, "a2"),
    ]);
    let superseded = AppendRejection::Superseded;
    assert_eq!(appended.exceptions, [(1, superseded), (3, superseded)]);
    assert_eq!(replica.bodies(), ["a1", "b1", "a2"]);
    replica.assert_sound();
}

#[test]
fn an_append_of_which_nothing_is_stored_takes_no_place() {
    let mut replica = Replica::new();
    replica.create("dev");
    let epoch = replica.attach("dev").epoch;
    let first = record("dev", epoch, 1, "1");
    replica.append(std::slice::from_ref(&first));
    assert_eq!(replica.append(&[first]).base, sequence(1));
    assert_eq!(replica.append(&[]).base, sequence(1));
    assert_eq!(replica.reader().bounds().next, sequence(1));
    replica.assert_sound();
}

#[test]
fn a_new_session_counts_anew() {
    let mut replica = Replica::new();
    replica.create("dev");
    replica.attach("dev");
    replica.say("dev", "old");
    let epoch = replica.attach("dev").epoch;
    assert_eq!(
        replica.append(&[record("dev", epoch, 1, "new")]).exceptions,
        []
    );
    assert_eq!(replica.bodies(), ["old", "new"]);
    replica.assert_sound();
}

#[test]
fn enqueued_times_do_not_go_back_with_the_clock() {
    let mut replica = Replica::new();
    replica.create("dev");
    replica.attach("dev");
    replica.say("dev", "1");
    let first = replica.reader().bounds().last_enqueued_at;
    replica.now = Timestamp(5);
    replica.say("dev", "2");
    assert_eq!(replica.reader().bounds().last_enqueued_at, first);
    replica.assert_sound();
}

#[test]
fn a_reader_gets_what_it_asks_for_and_no_more() {
    let mut replica = Replica::new();
    replica.create("dev");
    let epoch = replica.attach("dev").epoch;
    let records: Vec<_> = (1..=12)
        .map(|n| record("dev", epoch, n, &format!("{n}")))
        .collect();
    for batch in records.chunks(4) {
        replica.append(batch);
    }
    let read = |from, events, bytes| -> Vec<(u64, u32)> {
        let batches = replica
            .reader()
            .events(sequence(from), events, bytes)
            .unwrap();
        batches
            .iter()
            .map(|b| (b.header.base_sequence.get(), b.header.count))
            .collect()
    };
    assert_eq!(read(0, 100, usize::MAX), [(0, 4), (4, 4), (8, 4)]);
    assert_eq!(read(2, 100, usize::MAX), [(2, 2), (4, 4), (8, 4)]);
    assert_eq!(read(2, 3, usize::MAX), [(2, 2), (4, 1)]);
    assert_eq!(read(5, 1, usize::MAX), [(5, 1)]);
    assert_eq!(read(0, 100, 1), [(0, 4)]);
    assert_eq!(read(12, 100, usize::MAX), []);
    assert_eq!(read(99, 100, usize::MAX), []);
    assert_eq!(read(0, 0, usize::MAX), []);
    let batches = replica.reader().events(sequence(6), 3, usize::MAX).unwrap();
    let numbers: Vec<_> = batches
        .iter()
        .flat_map(|b| b.iter())
        .map(|r| r.unwrap())
        .collect();
    let numbers: Vec<_> = numbers
        .iter()
        .map(|(at, r)| (at.get(), r.sequence()))
        .collect();
    assert_eq!(numbers, [(6, 7), (7, 8), (8, 9)]);
}

#[test]
fn the_owner_hears_of_every_append_and_of_nothing_else() {
    let heard = Arc::new(AtomicU64::new(u64::MAX));
    let calls = Arc::new(AtomicU64::new(0));
    let mut replica = Replica::new();
    let (sink, counter) = (Arc::clone(&heard), Arc::clone(&calls));
    let settings = PartitionSettings {
        on_append: Arc::new(move |next| {
            sink.store(next.get(), Ordering::SeqCst);
            counter.fetch_add(1, Ordering::SeqCst);
        }),
        ..settings()
    };
    replica.partition = Partition::open(replica.store.clone(), GROUP, PARTITION, settings).unwrap();
    assert_eq!(heard.load(Ordering::SeqCst), 0);
    replica.create("dev");
    replica.attach("dev");
    assert_eq!(calls.load(Ordering::SeqCst), 1);
    replica.say("dev", "1");
    assert_eq!(
        (heard.load(Ordering::SeqCst), calls.load(Ordering::SeqCst)),
        (1, 2)
    );
}

#[test]
fn an_append_that_lies_about_its_count_stops_the_replica() {
    for (count, cut) in [(2, 0), (0, 0), (1, 1)] {
        let mut replica = Replica::new();
        replica.create("dev");
        let epoch = replica.attach("dev").epoch;
        let whole = record("dev", epoch, 1, "1");
        let records = whole.slice(..whole.len() - cut);
        let command = Command::from(AppendEvents { count, records });
        let envelope = Envelope {
            at: replica.now,
            commands: vec![command],
            hub: None,
        };
        let entry = (replica.next_position(), Payload::Command(envelope.encode()));
        let result = replica.partition.apply(vec![entry.clone()]);
        assert!(
            matches!(result, Err(PartitionError::Records(_))),
            "{result:?}"
        );
        let again = replica.partition.apply(vec![entry]);
        assert!(matches!(again, Err(PartitionError::Stopped)), "{again:?}");
    }
}

#[test]
fn a_module_and_its_device_are_two_senders() {
    let mut replica = Replica::new();
    replica.create("dev");
    replica.create("dev/mod");
    replica.attach("dev");
    replica.attach("dev/mod");
    replica.say("dev", "device");
    replica.say("dev/mod", "module");
    let batches = replica.reader().events(sequence(1), 1, usize::MAX).unwrap();
    let (_, record) = batches[0].iter().next().unwrap().unwrap();
    assert_eq!(record.identity().unwrap(), id("dev/mod"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn the_place_of_a_time_is_found(
        steps in prop::collection::vec((0u64..3, 1u64..4), 1..20), asked in 0u64..70
    ) {
        let mut replica = Replica::new();
        replica.create("dev");
        let epoch = replica.attach("dev").epoch;
        let (mut times, mut next) = (Vec::new(), 1);
        for (pause, count) in steps {
            replica.now.0 += pause;
            let records: Vec<_> =
                (next..next + count).map(|n| record("dev", epoch, n, "x")).collect();
            prop_assert!(matches!(replica.run(append(&records)), Outcome::Appended(_)));
            next += count;
            times.extend((0..count).map(|_| replica.reader().bounds().last_enqueued_at));
        }
        let asked = Timestamp(1_000_000 + asked);
        let expected = times.partition_point(|time| *time < asked) as u64;
        let found = replica.reader().sequence_at_or_after(asked).unwrap();
        prop_assert_eq!(found, sequence(expected));
        prop_assert_eq!(replica.reader().oldest_enqueued_at().unwrap(), times.first().copied());
    }
}
