use roost_model::SequenceNumber;

use super::support::Replica;
use crate::{Checkpoint, DeleteCheckpoint, Outcome, Rejection, SetCheckpoint};

fn set(group: &str, sequence: u64) -> SetCheckpoint {
    SetCheckpoint {
        group: group.into(),
        sequence: SequenceNumber(sequence),
    }
}

fn talkative() -> Replica {
    let mut replica = Replica::new();
    replica.create("dev");
    replica.attach("dev");
    for _ in 0..5 {
        replica.say("dev", "x");
    }
    replica
}

#[test]
fn each_group_has_its_own_checkpoint() {
    let mut replica = talkative();
    replica.run(set("$Default", 3));
    let updated_at = replica.now;
    replica.run(set("billing", 5));
    let reader = replica.reader();
    let expected = Checkpoint {
        sequence: SequenceNumber(3),
        updated_at,
    };
    assert_eq!(reader.checkpoint("$Default").unwrap(), Some(expected));
    assert_eq!(reader.checkpoint("nobody").unwrap(), None);
    let groups: Vec<_> = reader.checkpoints().unwrap().into_keys().collect();
    assert_eq!(groups, ["$Default", "billing"]);
}

#[test]
fn a_consumer_may_rewind_and_may_forget() {
    let mut replica = talkative();
    replica.run(set("g", 5));
    assert!(matches!(replica.run(set("g", 0)), Outcome::Checkpointed(_)));
    assert_eq!(
        replica
            .reader()
            .checkpoint("g")
            .unwrap()
            .unwrap()
            .sequence
            .get(),
        0
    );
    let forget = DeleteCheckpoint { group: "g".into() };
    assert_eq!(replica.run(forget.clone()), Outcome::CheckpointDeleted);
    assert_eq!(replica.run(forget), Outcome::CheckpointDeleted);
    assert_eq!(replica.reader().checkpoint("g").unwrap(), None);
}

#[test]
fn a_checkpoint_past_the_end_or_of_a_nameless_group_is_refused() {
    let mut replica = talkative();
    assert_eq!(replica.reject(set("g", 6)), Rejection::InvalidCheckpoint);
    assert_eq!(replica.reject(set("", 1)), Rejection::InvalidCheckpoint);
    assert_eq!(
        replica.reject(set(&"g".repeat(51), 1)),
        Rejection::InvalidCheckpoint
    );
    assert!(replica.reader().checkpoints().unwrap().is_empty());
}
