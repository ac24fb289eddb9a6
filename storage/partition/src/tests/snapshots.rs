use bytes::Bytes;
use proptest::prelude::*;

use super::history::{entries, live};
use super::support::{GROUP, PARTITION, Replica, id, record, settings};
use crate::{Partition, PartitionError, SnapshotError, TrimEvents};

/// A replica with a row of every kind, and more than one chunk of events.
fn donor() -> Replica {
    let mut replica = Replica::new();
    replica.apply(crate::Payload::Membership(Bytes::from_static(b"members")));
    for name in ["a", "a/m", "b"] {
        replica.create(name);
    }
    let epoch = replica.attach("a").epoch;
    replica.attach("b");
    let body = "x".repeat(20_000);
    for batch in 0..10 {
        let records: Vec<_> = (1..=3)
            .map(|n| record("a", epoch, batch * 3 + n, &body))
            .collect();
        replica.append(&records);
    }
    let sequence = replica.reader().bounds().begin;
    replica.run(crate::SetCheckpoint {
        group: "$Default".into(),
        sequence,
    });
    replica
}

fn staging_is_empty(replica: &Replica) -> bool {
    std::fs::read_dir(replica.staging()).map_or(true, |mut entries| entries.next().is_none())
}

#[test]
fn a_fresh_replica_becomes_what_another_one_is() {
    let donor = donor();
    let chunks = donor.export();
    assert!(chunks.len() > 3, "{}", chunks.len());
    let mut fresh = Replica::new();
    let reader = fresh.reader();
    fresh.adopt(&chunks);
    fresh.assert_equals(&donor);
    fresh.assert_sound();
    // A reader from before sees the new data; a crash loses none of it.
    assert!(reader.identity(&id("a")).unwrap().is_some());
    assert!(staging_is_empty(&fresh));
    fresh.crashed().assert_equals(&donor);
}

#[test]
fn an_export_of_nothing_can_be_adopted() {
    let empty = Replica::new();
    let mut other = Replica::new();
    other.adopt(&empty.export());
    other.assert_equals(&empty);
    other.create("dev");
    other.assert_sound();
}

#[test]
fn a_replica_goes_through_many_snapshots() {
    let mut donor = donor();
    let mut follower = Replica::new();
    for round in 0..4 {
        donor.say("a", &format!("{round}"));
        follower.adopt(&donor.export());
        follower.assert_equals(&donor);
        follower = follower.crashed();
        follower.assert_equals(&donor);
    }
}

#[test]
fn an_export_shows_the_moment_at_which_it_was_taken() {
    let mut donor = donor();
    donor.partition.flusher().flush().unwrap();
    let mut export = donor.partition.export().unwrap();
    let mut same = Replica::new();
    same.partition.apply(donor.log.clone()).unwrap();
    // The donor goes on, trims, and would like its disk back.
    donor.run(TrimEvents {
        before: roost_model::SequenceNumber(1000),
    });
    donor.say("a", "later");
    donor.partition.flusher().flush().unwrap();
    let chunks: Vec<_> = std::iter::from_fn(|| export.next_chunk().unwrap()).collect();
    assert_eq!(export.applied(), same.partition.applied());
    let mut follower = Replica::new();
    follower.adopt(&chunks);
    follower.assert_equals(&same);
}

#[test]
fn an_older_snapshot_is_refused_and_changes_nothing() {
    let mut replica = donor();
    let chunks = replica.export();
    replica.say("a", "newer");
    let before = replica.partition.dump();
    let mut import = replica.partition.import(&replica.staging()).unwrap();
    for chunk in chunks {
        import.push(chunk).unwrap();
    }
    import.finish().unwrap();
    let stale = replica.partition.adopt(import);
    assert!(
        matches!(stale, Err(PartitionError::Snapshot(SnapshotError::Stale))),
        "{stale:?}"
    );
    assert_eq!(replica.partition.dump(), before);
    replica.say("a", "and on");
    replica.assert_sound();
}

#[test]
fn an_import_that_is_given_up_leaves_nothing_behind() {
    let donor = donor();
    let chunks = donor.export();
    let mut replica = Replica::new();
    let mut import = replica.partition.import(&replica.staging()).unwrap();
    import.push(chunks[0].clone()).unwrap();
    let unfinished = import.finish();
    let incomplete = SnapshotError::Incomplete;
    assert_eq!(
        unfinished.unwrap_err().to_string(),
        PartitionError::from(incomplete).to_string()
    );
    assert!(replica.partition.adopt(import).is_err());
    assert!(staging_is_empty(&replica));
    replica.create("dev");
    replica.assert_sound();
}

#[test]
fn of_two_imports_side_by_side_only_one_is_adopted() {
    let donor = donor();
    let chunks = donor.export();
    let mut replica = Replica::new();
    let mut imports = [(); 2].map(|()| replica.partition.import(&replica.staging()).unwrap());
    for import in &mut imports {
        for chunk in &chunks {
            import.push(chunk.clone()).unwrap();
        }
        import.finish().unwrap();
        import.finish().unwrap();
    }
    let [first, second] = imports;
    replica.partition.adopt(first).unwrap();
    assert!(replica.partition.adopt(second).is_err());
    replica.assert_equals(&donor);
}

#[test]
fn a_stopped_replica_recovers_by_a_snapshot() {
    let donor = donor();
    let mut replica = Replica::new();
    let torn = crate::Payload::Command(Bytes::from_static(b"?"));
    assert!(
        replica
            .partition
            .apply(vec![(replica.next_position(), torn)])
            .is_err()
    );
    replica.adopt(&donor.export());
    replica.assert_equals(&donor);
    replica.create("dev");
    replica.assert_sound();
}

#[test]
fn the_snapshot_of_another_partition_is_refused() {
    let donor = donor();
    let dir = tempfile::TempDir::new().unwrap();
    let other = Replica::in_directory(dir);
    let number = roost_model::PartitionId(PARTITION.get() + 1);
    let group = roost_engine::GroupId(GROUP.0 + 1);
    let partition = Partition::open(other.store.clone(), group, number, settings()).unwrap();
    let mut import = partition.import(&other.staging()).unwrap();
    let refused = import.push(donor.export()[0].clone());
    assert!(
        matches!(refused, Err(PartitionError::OtherPartition { .. })),
        "{refused:?}"
    );
}

#[test]
fn what_a_group_clears_leaves_the_next_groups_pointer_alone() {
    let donor = donor();
    let mut replica = Replica::new();
    let next = roost_engine::GroupId(GROUP.0 + 1);
    let open =
        |group| Partition::open(replica.store.clone(), group, PARTITION, settings()).unwrap();
    let mut neighbour = open(next);
    let mut import = neighbour.import(&replica.staging()).unwrap();
    let mut chunks = donor.export().into_iter();
    chunks.try_for_each(|chunk| import.push(chunk)).unwrap();
    import.finish().unwrap();
    neighbour.adopt(import).unwrap();
    let rows = neighbour.dump();
    drop((neighbour, open(GROUP)));
    assert_eq!(open(next).dump(), rows, "after an open");
    replica.adopt(&donor.export());
    Partition::destroy(&replica.store, GROUP).unwrap();
    let open =
        |group| Partition::open(replica.store.clone(), group, PARTITION, settings()).unwrap();
    assert_eq!(open(next).dump(), rows, "after the end of the group");
}

/// What can happen to a stream under way.
#[derive(Debug, Clone)]
enum Damage {
    Flip { chunk: usize, byte: usize, bit: u8 },
    Cut { chunk: usize, to: usize },
    Drop(usize),
    Double(usize),
    Swap(usize),
    End(usize),
    More(Vec<u8>),
}

fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        (any::<usize>(), any::<usize>(), 0u8..8).prop_map(|(chunk, byte, bit)| Damage::Flip {
            chunk,
            byte,
            bit
        }),
        (any::<usize>(), any::<usize>()).prop_map(|(chunk, to)| Damage::Cut { chunk, to }),
        any::<usize>().prop_map(Damage::Drop),
        any::<usize>().prop_map(Damage::Double),
        any::<usize>().prop_map(Damage::Swap),
        any::<usize>().prop_map(Damage::End),
        any::<Vec<u8>>().prop_map(Damage::More),
    ]
}

fn inflict(damage: &Damage, chunks: &mut Vec<Bytes>) {
    let count = chunks.len();
    match damage {
        Damage::Flip { chunk, byte, bit } => {
            let mut bytes = chunks[chunk % count].to_vec();
            let at = byte % bytes.len();
            bytes[at] ^= 1 << bit;
            chunks[chunk % count] = bytes.into();
        }
        Damage::Cut { chunk, to } => {
            let chunk = &mut chunks[chunk % count];
            chunk.truncate(to % chunk.len());
        }
        Damage::Drop(chunk) => drop(chunks.remove(chunk % count)),
        Damage::Double(chunk) => chunks.insert(chunk % count, chunks[chunk % count].clone()),
        Damage::Swap(chunk) => chunks.swap(chunk % (count - 1), chunk % (count - 1) + 1),
        Damage::End(keep) => chunks.truncate(keep % count),
        Damage::More(bytes) => chunks.push(bytes.clone().into()),
    }
}

#[test]
fn a_damaged_stream_is_refused_and_changes_nothing() {
    let donor = donor();
    let chunks = donor.export();
    let mut replica = Replica::new();
    replica.create("dev");
    let before = replica.partition.dump();
    proptest!(ProptestConfig::with_cases(128), |(damage in damage())| {
        let mut damaged = chunks.clone();
        inflict(&damage, &mut damaged);
        let mut import = replica.partition.import(&replica.staging()).unwrap();
        let result = damaged.into_iter().try_for_each(|chunk| import.push(chunk));
        let result = result.and_then(|()| import.finish());
        prop_assert!(result.is_err());
        drop(import);
        prop_assert!(staging_is_empty(&replica));
        prop_assert_eq!(&replica.partition.dump(), &before);
    });
    // After all that, the whole stream is still welcome.
    replica.adopt(&chunks);
    replica.assert_equals(&donor);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn a_snapshot_in_the_middle_of_a_log_makes_no_difference(
        entries in entries(50), cut in any::<prop::sample::Index>(),
        behind in any::<prop::sample::Index>(), crash in any::<bool>()
    ) {
        let reference = live(&entries);
        let cut = cut.index(reference.log.len());
        let mut donor = Replica::new();
        donor.partition.apply(reference.log[..cut].to_vec()).unwrap();
        let mut follower = Replica::new();
        let known = behind.index(cut + 1);
        follower.partition.apply(reference.log[..known].to_vec()).unwrap();
        follower.adopt(&donor.export());
        if crash {
            follower = follower.crashed();
        }
        follower.assert_equals(&donor);
        follower.partition.apply(reference.log[cut..].to_vec()).unwrap();
        follower.assert_equals(&reference);
        follower.assert_sound();
    }
}
