use bytes::Bytes;
use roost_engine::{Batch, GroupId};
use roost_model::{PartitionId, Timestamp};

use super::support::{GROUP, PARTITION, Replica, create, id, settings};
use crate::table::{self, OF_A_PARTITION, prefix};
use crate::{Envelope, Outcome, Partition, PartitionError, Payload, Position};

fn command(at: u64) -> Payload {
    let commands = vec![create(&format!("dev{at}")).into()];
    Payload::Command(
        Envelope {
            at: Timestamp(at),
            commands,
            hub: None,
        }
        .encode(),
    )
}

fn at(index: u64) -> Position {
    Position { index, term: 1 }
}

/// Rows of a group, whatever copy they are of.
fn rows_of(replica: &Replica, group: GroupId) -> usize {
    let from = prefix::Prefix::new(group, 0).start();
    let to = prefix::group_end(group);
    OF_A_PARTITION
        .iter()
        .map(|table| replica.store.scan(*table, &from, &to).count())
        .sum()
}

#[test]
fn entries_that_were_applied_before_are_skipped() {
    let mut replica = Replica::new();
    let entries: Vec<_> = (0..4).map(|index| (at(index), command(index))).collect();
    replica.partition.apply(entries[..2].to_vec()).unwrap();
    let answers = replica.partition.apply(entries.clone()).unwrap();
    assert_eq!(
        answers[..2],
        [vec![Outcome::Skipped], vec![Outcome::Skipped]]
    );
    assert!(matches!(answers[2][0], Outcome::Created(_)));
    let before = replica.partition.dump();
    assert_eq!(
        replica.partition.apply(entries).unwrap(),
        vec![vec![Outcome::Skipped]; 4]
    );
    assert_eq!(replica.partition.dump(), before);
    assert_eq!(
        replica.partition.apply(Vec::new()).unwrap(),
        Vec::<Vec<Outcome>>::new()
    );
}

#[test]
fn a_log_may_begin_at_entry_one_and_nowhere_later() {
    let mut replica = Replica::new();
    let gap = replica.partition.apply(vec![(at(2), command(2))]);
    assert!(
        matches!(gap, Err(PartitionError::Gap { applied: None, .. })),
        "{gap:?}"
    );
    let mut replica = Replica::new();
    replica.partition.apply(vec![(at(1), command(1))]).unwrap();
    let gap = replica.partition.apply(vec![(at(3), command(3))]);
    assert!(
        matches!(
            gap,
            Err(PartitionError::Gap {
                applied: Some(_),
                ..
            })
        ),
        "{gap:?}"
    );
}

#[test]
fn an_entry_that_cannot_be_read_stops_the_replica_and_writes_nothing() {
    let mut replica = Replica::new();
    replica.create("dev");
    let before = replica.partition.dump();
    let next = replica.next_position();
    let torn = Payload::Command(Bytes::from_static(&[1, 2, 3]));
    let entries = vec![(next, command(5)), (at(next.index + 1), torn)];
    let result = replica.partition.apply(entries);
    assert!(
        matches!(result, Err(PartitionError::Command { .. })),
        "{result:?}"
    );
    assert_eq!(replica.partition.dump(), before);
    let stopped = replica.partition.apply(vec![(next, command(5))]);
    assert!(
        matches!(stopped, Err(PartitionError::Stopped)),
        "{stopped:?}"
    );
    // Opened anew, it goes on from where it was.
    let store = replica.store.clone();
    replica.partition = Partition::open(store, GROUP, PARTITION, settings()).unwrap();
    assert!(replica.partition.apply(vec![(next, command(5))]).is_ok());
}

#[test]
fn memberships_and_blanks_move_the_position() {
    let mut replica = Replica::new();
    let members = Bytes::from_static(b"one, two");
    assert_eq!(replica.apply(Payload::Membership(members.clone())), []);
    assert_eq!(replica.apply(Payload::Blank), []);
    let applied = replica.partition.applied().clone();
    assert_eq!(applied.position, Some(at(1)));
    assert_eq!(applied.membership, Some((Some(at(0)), members)));
    replica.store.flush().unwrap();
    assert_eq!(replica.crashed().partition.applied(), &applied);
}

#[test]
fn groups_that_share_a_store_do_not_see_each_other() {
    let mut replica = Replica::new();
    replica.create("dev");
    let neighbour = GroupId(GROUP.0 + 1);
    let store = replica.store.clone();
    let mut other = Partition::open(store, neighbour, PartitionId(9), settings()).unwrap();
    assert_eq!(other.reader().identity(&id("dev")).unwrap(), None);
    other.apply(vec![(at(0), command(0))]).unwrap();
    assert_eq!(replica.reader().identities(None, 10).unwrap().len(), 1);
    drop(other);
    Partition::destroy(&replica.store, neighbour).unwrap();
    assert_eq!(rows_of(&replica, neighbour), 0);
    replica.assert_sound();
}

#[test]
fn the_data_of_another_partition_is_refused() {
    let mut replica = Replica::new();
    replica.create("dev");
    let opened = Partition::open(replica.store.clone(), GROUP, PartitionId(7), settings());
    let refused = PartitionError::OtherPartition {
        expected: 7,
        found: PARTITION.get(),
    };
    assert_eq!(opened.unwrap_err().to_string(), refused.to_string());
}

#[test]
fn a_destroyed_group_begins_anew() {
    let mut replica = Replica::new();
    replica.create("dev");
    replica.attach("dev");
    replica.say("dev", "1");
    Partition::destroy(&replica.store, GROUP).unwrap();
    assert_eq!(rows_of(&replica, GROUP), 0);
    let mut replica = replica.crashed();
    assert_eq!(replica.partition.applied(), &crate::Applied::default());
    assert_eq!(replica.reader().sessions().unwrap(), []);
    replica.create("dev");
    replica.assert_sound();
}

#[test]
fn rows_of_copies_that_are_not_current_are_removed_at_open() {
    let mut replica = Replica::new();
    replica.create("dev");
    let mut batch = Batch::default();
    for copy in [1, 7, u32::MAX] {
        let stray = prefix::Prefix::new(GROUP, copy).key(b"stray");
        batch.put(table::IDENTITY, &stray, b"?");
    }
    replica.store.write(batch).unwrap();
    let before = rows_of(&replica, GROUP);
    let store = replica.store.clone();
    replica.partition = Partition::open(store, GROUP, PARTITION, settings()).unwrap();
    assert_eq!(rows_of(&replica, GROUP), before - 3);
    assert!(replica.reader().identity(&id("dev")).unwrap().is_some());
}

#[test]
fn a_missing_event_is_noticed_at_open() {
    let mut replica = Replica::new();
    replica.create("dev");
    replica.attach("dev");
    replica.say("dev", "1");
    replica.say("dev", "2");
    let key =
        prefix::Prefix::new(GROUP, 0).key(&table::event::tail(roost_model::SequenceNumber(0)));
    let mut batch = Batch::default();
    batch.delete(table::EVENT, &key);
    replica.store.write(batch).unwrap();
    let opened = Partition::open(replica.store.clone(), GROUP, PARTITION, settings());
    assert!(
        matches!(opened, Err(PartitionError::EventMissing(_))),
        "{opened:?}"
    );
}
