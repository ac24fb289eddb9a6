use super::*;

const MOST: usize = 5;

struct Story {
    registry: Registry,
    now: Instant,
}

fn claim(number: u64, level: Option<i64>) -> Claim {
    Claim {
        number,
        group: "$default".into(),
        level,
        name: format!("r{number}"),
        granted: None,
    }
}

fn granted(number: u64, level: Option<i64>, term: u64, count: u64) -> Claim {
    let granted = Some(Stamp { term, count });
    Claim {
        granted,
        ..claim(number, level)
    }
}

fn owned(level: i64, by: &str) -> Denial {
    let by = by.to_owned();
    Denial::Owned { level, by }
}

/// `(node, number)` of each.
fn who(displaced: &[Displaced]) -> Vec<(u64, u64)> {
    displaced
        .iter()
        .map(|it| (it.node.get(), it.number))
        .collect()
}

impl Story {
    fn begin() -> Story {
        Story {
            registry: Registry::new(7, MOST),
            now: Instant::now(),
        }
    }

    fn sit(&mut self, node: u64, claim: Claim) -> Result<Vec<(u64, u64)>, Denial> {
        let sat = self.registry.sit(NodeId(node), claim, self.now);
        sat.map(|(_, displaced)| who(&displaced))
    }

    fn name(&mut self, node: u64, claims: Vec<Claim>) -> (Vec<Option<Denial>>, Vec<(u64, u64)>) {
        let (verdicts, others) = self.registry.name(NodeId(node), 1_000, claims, self.now);
        (verdicts, who(&others))
    }
}

#[test]
fn a_level_takes_and_keeps_a_partition_as_event_hubs_says() {
    // The level of who is there, of who comes, and whether it gets in.
    let table = [
        (None, None, true, false),
        (None, Some(0), true, true),
        (Some(0), None, false, false),
        (Some(0), Some(0), true, true),
        (Some(1), Some(0), false, false),
        (Some(1), Some(2), true, true),
        (Some(-1), None, false, false),
        (Some(i64::MAX), Some(i64::MIN), false, false),
    ];
    for (there, comes, gets_in, takes_over) in table {
        let mut story = Story::begin();
        story.sit(1, claim(1, there)).unwrap();
        let expected = match (gets_in, takes_over) {
            (true, true) => Ok(vec![(1, 1)]),
            (true, false) => Ok(Vec::new()),
            (false, _) => Err(owned(there.unwrap(), "r1")),
        };
        let sat = story.sit(2, claim(1, comes));
        assert_eq!(sat, expected, "{there:?} is there, {comes:?} comes");
    }
}

#[test]
fn so_many_read_side_by_side_over_all_nodes_and_one_more_does_not() {
    let mut story = Story::begin();
    for number in 0..5 {
        story.sit(number % 3 + 1, claim(number, None)).unwrap();
    }
    let refused = story.sit(2, claim(9, None));
    assert_eq!(refused, Err(Denial::Crowded { most: 5 }));
    let (verdicts, _) = story.name(1, vec![granted(0, None, 7, 1)]);
    assert_eq!(verdicts, [None], "number 3 of node 1 is not named any more");
    assert_eq!(story.sit(2, claim(9, None)), Ok(Vec::new()));
}

#[test]
fn an_owner_takes_the_seats_of_all_others_of_its_group_only() {
    let mut story = Story::begin();
    for node in 1..=3 {
        story.sit(node, claim(1, None)).unwrap();
    }
    let other = Claim {
        group: "other".into(),
        ..claim(2, None)
    };
    story.sit(1, other).unwrap();
    let displaced = story.sit(2, claim(3, Some(0))).unwrap();
    assert_eq!(displaced, [(1, 1), (2, 1), (3, 1)]);
    assert_eq!(story.registry.len(), 2);
}

#[test]
fn asking_again_for_a_seat_changes_nothing() {
    let mut story = Story::begin();
    let now = story.now;
    let first = story.registry.sit(NodeId(1), claim(1, Some(4)), now);
    let again = story.registry.sit(NodeId(1), claim(1, Some(4)), now);
    assert_eq!(first, again);
    assert_eq!(story.registry.len(), 1);
}

#[test]
fn a_new_leader_finds_the_owner_in_whatever_order_nodes_name_theirs() {
    let older = || granted(1, Some(3), 6, 8);
    let newer = || granted(2, Some(3), 6, 9);
    let mut story = Story::begin();
    assert_eq!(story.name(1, vec![older()]), (vec![None], vec![]));
    assert_eq!(story.name(2, vec![newer()]), (vec![None], vec![(1, 1)]));
    assert_eq!(
        story.name(1, vec![older()]),
        (vec![Some(owned(3, "r2"))], vec![])
    );

    let mut story = Story::begin();
    assert_eq!(story.name(2, vec![newer()]), (vec![None], vec![]));
    let (verdicts, others) = story.name(1, vec![older()]);
    assert_eq!((verdicts, others), (vec![Some(owned(3, "r2"))], vec![]));
}

#[test]
fn the_highest_level_comes_back_over_who_sat_down_while_it_was_cut_off() {
    let mut story = Story::begin();
    story.sit(2, claim(5, Some(1))).unwrap();
    let (verdicts, others) = story.name(1, vec![granted(1, Some(9), 3, 1)]);
    assert_eq!((verdicts, others), (vec![None], vec![(2, 5)]));
    // And who reads without a level does not come back over an owner.
    let (verdicts, _) = story.name(3, vec![granted(4, None, 7, 99)]);
    assert_eq!(verdicts, [Some(owned(9, "r1"))]);
}

#[test]
fn of_too_many_those_go_that_came_last() {
    let mut story = Story::begin();
    let of = |node: u64| (0..3).map(move |at| granted(at, None, 6, node * 10 + at));
    assert!(story.name(2, of(2).collect()).1.is_empty());
    let (verdicts, others) = story.name(1, of(1).collect());
    assert_eq!((verdicts, others), (vec![None; 3], vec![(2, 2)]));
}

#[test]
fn a_reader_that_is_asking_is_neither_granted_nor_dropped_by_being_named() {
    let mut story = Story::begin();
    let (verdicts, _) = story.name(1, vec![claim(1, None)]);
    assert_eq!((verdicts, story.registry.len()), (vec![None], 0));
    story.sit(1, claim(1, None)).unwrap();
    story.name(1, vec![claim(1, None)]);
    assert_eq!(story.registry.len(), 1);
    // Who sat down behind the list that is being told stays as well.
    story.sit(1, claim(1_000, None)).unwrap();
    story.name(1, Vec::new());
    assert_eq!(story.registry.len(), 1);
}

#[test]
fn the_readers_of_a_node_that_is_gone_or_silent_keep_nobody_out() {
    let mut story = Story::begin();
    story.sit(1, claim(1, Some(9))).unwrap();
    story.registry.lose(NodeId(1));
    assert_eq!(story.sit(2, claim(1, Some(0))), Ok(vec![]));
    story.now += SILENCE;
    assert_eq!(story.sit(3, claim(1, None)), Err(owned(0, "r1")));
    story.now += Duration::from_millis(1);
    assert_eq!(story.sit(3, claim(1, None)), Ok(vec![]));
}
