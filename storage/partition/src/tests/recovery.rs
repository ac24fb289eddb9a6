use proptest::prelude::*;
use roost_model::{ConnectionEpoch, SequenceNumber};

use super::history::{Entry, Kind, Step, entries, live};
use super::support::{GROUP, PARTITION, Replica, id, record, settings};
use crate::{Partition, Payload, Position};

/// What befalls a replica after some entries.
#[derive(Debug, Clone, Copy)]
enum Incident {
    None,
    Flush,
    /// Flush, and give trimmed files back.
    Reclaim,
    /// Lose everything that is not durable.
    Crash,
    Reopen,
}

fn plan() -> impl Strategy<Value = Vec<(usize, usize, Incident)>> {
    let incident = prop_oneof![
        Just(Incident::None),
        Just(Incident::Flush),
        Just(Incident::Reclaim),
        Just(Incident::Crash),
        Just(Incident::Reopen),
    ];
    prop::collection::vec((1usize..12, 0usize..3, incident), 1..10)
}

/// Applies a log in other portions than it was made in, some entries twice, with incidents between.
fn replay(log: &[(Position, Payload)], plan: &[(usize, usize, Incident)]) -> Replica {
    let mut replica = Replica::new();
    let rest = (log.len(), 0, Incident::None);
    for (count, again, incident) in plan.iter().chain([&rest]) {
        let next = replica.next_position().index as usize;
        let from = next.saturating_sub(*again);
        let portion = log[from..log.len().min(next + count)].to_vec();
        replica.partition.apply(portion).unwrap();
        match incident {
            Incident::None => {}
            Incident::Flush => replica.store.flush().unwrap(),
            Incident::Reclaim => {
                let durable = replica.partition.flusher().flush().unwrap();
                assert_eq!(durable, replica.partition.applied().position);
            }
            Incident::Crash => {
                replica = replica.crashed();
                replica.assert_sound();
            }
            Incident::Reopen => {
                let store = replica.store.clone();
                replica.partition = Partition::open(store, GROUP, PARTITION, settings()).unwrap();
            }
        }
    }
    replica
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_log_leads_to_the_same_rows_however_it_is_applied(
        entries in entries(60), plan in plan()
    ) {
        let reference = live(&entries);
        replay(&reference.log, &plan).assert_equals(&reference);
    }
}

#[test]
fn a_history_long_enough_for_many_marks_replays_from_every_point() {
    let commands = |steps| Entry::Commands { pause: 1, steps };
    let round = |n: u64| {
        let percent = if n.is_multiple_of(5) { 60 } else { 0 };
        commands(vec![
            Step::Append(vec![(0, Kind::Next); 3]),
            Step::Trim { percent },
        ])
    };
    let create = commands(vec![Step::Create {
        who: 0,
        disabled: false,
    }]);
    let attach = commands(vec![Step::Attach {
        who: 0,
        node: 1,
        will: true,
    }]);
    let entries: Vec<_> = [create, attach]
        .into_iter()
        .chain((0..16).map(round))
        .collect();
    let reference = live(&entries);
    for point in 1..reference.log.len() {
        let plan = [(point, 0, Incident::Reclaim), (4, 0, Incident::Crash)];
        replay(&reference.log, &plan).assert_equals(&reference);
    }
}

#[test]
fn unflushed_progress_is_told_by_the_events_and_by_the_log() {
    let mut replica = Replica::new();
    replica.create("dev");
    let epoch = replica.attach("dev").epoch;
    replica.say("dev", "1");
    replica.say("dev", "2");
    replica.store.flush().unwrap();
    replica.say("dev", "3");

    let mut crashed = replica.crashed();
    let progress = |replica: &Replica| replica.reader().session(&id("dev")).unwrap().last_sequence;
    assert_eq!(progress(&crashed), 2);
    let log = crashed.log.clone();
    crashed.partition.apply(log).unwrap();
    assert_eq!(progress(&crashed), 3);
    crashed.assert_equals(&replica);

    let resent = crashed.append(&[record("dev", epoch, 3, "3"), record("dev", epoch, 4, "4")]);
    assert_eq!(resent.exceptions, []);
    assert_eq!(resent.base, SequenceNumber(3));
    assert_eq!(crashed.bodies(), ["1", "2", "3", "4"]);
}

#[test]
fn epochs_given_out_before_a_crash_are_not_given_out_again() {
    let mut replica = Replica::new();
    replica.create("dev");
    let last = (0..3).map(|_| replica.attach("dev").epoch).max().unwrap();
    replica.store.flush().unwrap();
    let mut crashed = replica.crashed();
    assert_eq!(crashed.attach("dev").epoch, ConnectionEpoch(last.get() + 1));
}
