use roost_model::Limits;

use super::*;

mod access;

fn settings() -> HubSettings {
    HubSettings {
        hub: HubName::parse("hub.local").unwrap(),
        aliases: vec![HubName::parse("127.0.0.1").unwrap()],
        policies: BTreeMap::new(),
        authorities: BTreeMap::new(),
        revision: 0,
        consumer_groups: BTreeSet::new(),
        retention_ms: 86_400_000,
        retention_bytes: 1 << 30,
        events: EventSources::default(),
    }
}

fn formed(nodes: &[u64]) -> MetaState {
    let mut state = MetaState::default();
    let form = MetaCommand::Form {
        cluster: 7,
        nodes: nodes
            .iter()
            .map(|id| (NodeId(*id), format!("127.0.0.{id}:7600")))
            .collect(),
        unit: NewUnit {
            partitions: 4,
            replication: 3,
            settings: settings(),
        },
    };
    assert_eq!(state.apply(form), MetaOutcome::Done);
    state
}

fn announce(node: u64, incarnation: u64) -> MetaCommand {
    MetaCommand::Announce {
        node: NodeId(node),
        incarnation: Incarnation(incarnation),
        address: format!("127.0.0.{node}:7600"),
        at: Timestamp(1),
    }
}

fn rejected(outcome: MetaOutcome) -> MetaRejection {
    match outcome {
        MetaOutcome::Rejected(rejection) => rejection,
        done => panic!("the command was not rejected: {done:?}"),
    }
}

fn leave(node: u64, after: u32) -> MetaCommand {
    MetaCommand::Remove {
        node: NodeId(node),
        after,
    }
}

#[test]
fn a_cluster_is_formed_once() {
    let mut state = formed(&[1, 2, 3]);
    let before = state.clone();
    let again = MetaCommand::Form {
        cluster: 8,
        nodes: vec![],
        unit: NewUnit {
            partitions: 1,
            replication: 1,
            settings: settings(),
        },
    };
    assert_eq!(rejected(state.apply(again)), MetaRejection::AlreadyFormed);
    assert_eq!(state, before);
}

#[test]
fn nothing_can_be_done_before_the_cluster_is_formed() {
    let mut state = MetaState::default();
    assert_eq!(
        rejected(state.apply(announce(1, 1))),
        MetaRejection::NotFormed
    );
}

#[test]
fn an_incarnation_that_does_not_grow_is_a_node_from_the_past() {
    let mut state = formed(&[1, 2, 3]);
    assert_eq!(state.apply(announce(2, 5)), MetaOutcome::Done);
    let stale = rejected(state.apply(announce(2, 5)));
    assert_eq!(stale, MetaRejection::StaleIncarnation(NodeId(2)));
}

#[test]
fn a_removed_node_is_replaced_and_its_id_never_used_again() {
    let mut state = formed(&[1, 2, 3]);
    assert_eq!(state.apply(leave(3, 0)), MetaOutcome::Done);
    assert!(
        state.units[&UnitId(0)]
            .placement
            .iter()
            .flatten()
            .all(|node| *node != NodeId(3))
    );
    let back = MetaCommand::Join {
        node: NodeId(3),
        address: "127.0.0.9:7600".into(),
    };
    assert_eq!(
        rejected(state.apply(back)),
        MetaRejection::NodeIdUsed(NodeId(3))
    );
    let fresh = MetaCommand::Join {
        node: NodeId(4),
        address: "127.0.0.4:7600".into(),
    };
    assert_eq!(state.apply(fresh), MetaOutcome::Done);
    assert!(
        state.units[&UnitId(0)]
            .placement
            .iter()
            .all(|replicas| replicas.len() == 3)
    );
    // Only the first placement may ever initialize a group.
    assert!(
        state.units[&UnitId(0)]
            .initial
            .iter()
            .flatten()
            .all(|node| *node != NodeId(4))
    );
}

#[test]
fn what_was_decided_before_another_node_left_is_decided_again() {
    let mut state = formed(&[1, 2, 3, 4]);
    assert_eq!(state.apply(leave(1, 0)), MetaOutcome::Done);
    let before = state.clone();
    assert_eq!(
        rejected(state.apply(leave(2, 0))),
        MetaRejection::AnotherRemoval
    );
    assert_eq!(
        rejected(state.apply(leave(1, 1))),
        MetaRejection::UnknownNode(NodeId(1))
    );
    assert_eq!(state, before);
    assert_eq!(state.apply(leave(2, 1)), MetaOutcome::Done);
}

#[test]
fn joining_twice_under_the_same_address_is_joining_once() {
    let mut state = formed(&[1, 2, 3]);
    let join = MetaCommand::Join {
        node: NodeId(4),
        address: "127.0.0.4:7600".into(),
    };
    assert_eq!(state.apply(join.clone()), MetaOutcome::Done);
    let before = state.clone();
    assert_eq!(state.apply(join), MetaOutcome::Done);
    assert_eq!(state, before);
}

#[test]
fn the_last_node_cannot_leave() {
    let mut state = formed(&[1]);
    assert_eq!(
        rejected(state.apply(leave(1, 0))),
        MetaRejection::LastNode(NodeId(1))
    );
}

#[test]
fn the_default_consumer_group_is_there_in_any_spelling_and_stays() {
    let mut state = formed(&[1]);
    let unit = UnitId(0);
    assert_eq!(
        state.units[&unit].settings.consumer_group("$default"),
        Some("$Default")
    );
    let create = MetaCommand::CreateConsumerGroup {
        unit,
        name: "$DEFAULT".into(),
        limit: 20,
    };
    assert_eq!(
        rejected(state.apply(create)),
        MetaRejection::ConsumerGroupExists
    );
    let delete = MetaCommand::DeleteConsumerGroup {
        unit,
        name: "$default".into(),
    };
    assert_eq!(
        rejected(state.apply(delete)),
        MetaRejection::DefaultConsumerGroup
    );
}

#[test]
fn a_hub_has_as_many_consumer_groups_as_the_command_says_with_the_default_one() {
    let mut state = formed(&[1]);
    let limit = Limits::default().max_consumer_groups;
    let create = |name: String| MetaCommand::CreateConsumerGroup {
        unit: UnitId(0),
        name,
        limit,
    };
    for number in 1..limit {
        assert_eq!(
            state.apply(create(format!("group{number}"))),
            MetaOutcome::Done
        );
    }
    let one_more = rejected(state.apply(create("one-more".into())));
    assert_eq!(one_more, MetaRejection::TooManyConsumerGroups(limit));
    // Names are compared without case, so this one is there.
    let again = rejected(state.apply(create("GROUP1".into())));
    assert_eq!(again, MetaRejection::ConsumerGroupExists);
}
