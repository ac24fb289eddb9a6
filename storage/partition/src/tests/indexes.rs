use roost_model::Precondition;

use super::support::{Replica, id, index_path, merge, update_twin};
use crate::{BuildIndex, DeleteIdentity, IndexStep, Outcome, UpdateTwin};

fn build(path: &str, step: u32) -> BuildIndex {
    BuildIndex {
        path: index_path(path),
        most: 2,
        instead_of: None,
        step,
    }
}

fn step(replica: &mut Replica, command: BuildIndex) -> IndexStep {
    match replica.run(command) {
        Outcome::IndexStep(step) => step,
        other => panic!("no step: {other:?}"),
    }
}

fn tag(replica: &mut Replica, name: &str, tags: &str) {
    replica.update_twin(UpdateTwin {
        tags: merge(tags),
        ..update_twin(name)
    });
}

fn with_tags(count: usize) -> Replica {
    let mut replica = Replica::new();
    for number in 0..count {
        let name = format!("d{number}");
        replica.create(&name);
        tag(&mut replica, &name, &format!(r#"{{"n":{number}}}"#));
    }
    replica
}

#[test]
fn an_index_is_built_step_by_step_and_is_sound_after_each() {
    let mut replica = with_tags(5);
    for expected in [
        IndexStep::Unfinished,
        IndexStep::Unfinished,
        IndexStep::Built,
    ] {
        assert_eq!(step(&mut replica, build("tags.n", 2)), expected);
        replica.assert_sound();
    }
    assert_eq!(step(&mut replica, build("tags.n", 2)), IndexStep::Built);
    assert_eq!(replica.reader().indexes().unwrap(), [index_path("tags.n")]);
}

#[test]
fn twins_that_are_written_while_an_index_is_built_are_in_it_once() {
    let mut replica = with_tags(4);
    step(&mut replica, build("tags.n", 2));
    tag(&mut replica, "d0", r#"{"n":"new"}"#);
    tag(&mut replica, "d3", r#"{"n":"new"}"#);
    replica.create("d9");
    tag(&mut replica, "d9", r#"{"n":9}"#);
    replica.run(DeleteIdentity {
        identity: id("d1"),
        precondition: Precondition::None,
    });
    replica.assert_sound();
    while step(&mut replica, build("tags.n", 2)) != IndexStep::Built {}
    replica.assert_sound();
}

#[test]
fn a_step_sees_twins_that_the_same_entry_wrote() {
    let mut replica = with_tags(1);
    replica.create("d5");
    replica.create("d6");
    let write = |name: &str| UpdateTwin {
        tags: merge(r#"{"n":1}"#),
        ..update_twin(name)
    };
    let commands = vec![
        write("d5").into(),
        build("tags.n", 2).into(),
        write("d6").into(),
        build("tags.n", 2).into(),
    ];
    replica.propose(commands);
    replica.assert_sound();
}

#[test]
fn there_are_as_many_indexes_as_there_may_be_and_the_named_one_goes_for_another() {
    let mut replica = with_tags(3);
    assert_eq!(step(&mut replica, build("tags.n", 9)), IndexStep::Built);
    assert_eq!(step(&mut replica, build("tags.m", 9)), IndexStep::Built);
    assert_eq!(step(&mut replica, build("tags.o", 9)), IndexStep::NoRoom);
    let instead = BuildIndex {
        instead_of: Some(index_path("tags.n")),
        ..build("tags.o", 9)
    };
    assert_eq!(step(&mut replica, instead), IndexStep::Built);
    let known = replica.reader().indexes().unwrap();
    assert_eq!(known, [index_path("tags.m"), index_path("tags.o")]);
    replica.assert_sound();
}

#[test]
fn a_snapshot_and_a_restart_carry_indexes() {
    let mut replica = with_tags(3);
    step(&mut replica, build("tags.n", 2));
    let mut copy = Replica::new();
    copy.adopt(&replica.export());
    copy.assert_equals(&replica);
    copy.assert_sound();
    replica.partition.flusher().flush().unwrap();
    let mut again = replica.crashed();
    again.assert_equals(&replica);
    tag(&mut again, "d0", r#"{"n":7}"#);
    again.assert_sound();
    tag(&mut copy, "d0", r#"{"n":7}"#);
    copy.assert_sound();
}
