use std::time::Duration;

use proptest::prelude::*;
use roost_model::{PartitionId, SequenceNumber, Timestamp};

use super::{Position, Reading};
use crate::query::Query;

fn read(query: &str) -> Result<Reading, crate::error::ApiError> {
    Reading::parse(&Query::parse(query)?)
}

fn position(query: &str) -> Position {
    read(query).unwrap().position
}

#[test]
fn nothing_said_reads_from_the_start_without_waiting() {
    let reading = read("").unwrap();
    assert_eq!(reading.position, Position::Earliest);
    assert_eq!((reading.max, reading.wait), (100, Duration::ZERO));
    assert_eq!(reading.group, "$Default");
}

#[test]
fn every_place_to_begin_is_understood() {
    assert_eq!(position("from=latest"), Position::Latest);
    assert_eq!(position("from=Checkpoint"), Position::Checkpoint);
    assert_eq!(
        position("from=offset&value=7"),
        Position::After(SequenceNumber(7))
    );
    assert_eq!(position("from=offset&value=-1"), Position::Earliest);
    assert_eq!(position("from=offset&value=@latest"), Position::Latest);
    assert_eq!(
        position("from=sequence&value=7"),
        Position::From(SequenceNumber(7))
    );
    let eight = Position::EnqueuedAfter(Timestamp(1_795_248_000_000));
    assert_eq!(position("from=time&value=1795248000000"), eight);
    assert_eq!(position("from=time&value=2026-11-21T08:00:00Z"), eight);
    assert_eq!(
        position("from=time&value=2026-11-21T10:00:00%2B02:00"),
        eight
    );
    assert_eq!(position("from=time&value=2026-11-21T10:00:00+02:00"), eight);
}

#[test]
fn values_out_of_place_are_refused() {
    for query in [
        "from=middle",
        "from=sequence",
        "from=sequence&value=-1",
        "from=sequence&value=x",
        "from=time&value=yesterday",
        "from=earliest&value=3",
        "value=3",
        "max=0",
        "max=1001",
        "wait=61",
        "wait=-1",
        "form=earliest",
    ] {
        assert!(read(query).is_err(), "{query}");
    }
}

#[test]
fn an_unknown_parameter_is_named() {
    let error = read("api-version=2021-04-12&partition=3").unwrap_err();
    assert!(error.to_string().contains("partition"), "{error}");
}

proptest! {
    #[test]
    fn the_link_to_the_next_page_reads_on_in_the_same_manner(
        group in "[a-zA-Z0-9$._-]{1,20}", max in 1u64..=1000, wait in 0u64..=60, next: u64,
    ) {
        let first = read(&format!("consumerGroup={group}&max={max}&wait={wait}")).unwrap();
        let link = first.next_page(PartitionId(3), SequenceNumber(next));
        let (path, query) = link.split_once('?').unwrap();
        prop_assert_eq!(path, "/messages/events/partitions/3");
        let second = read(query).unwrap();
        prop_assert_eq!(second.position, Position::From(SequenceNumber(next)));
        prop_assert_eq!(second.group, first.group);
        prop_assert_eq!((second.max, second.wait), (first.max, first.wait));
    }

    #[test]
    fn no_query_makes_the_parser_panic(query in "(from|value|max|wait|=|&|[a-z0-9-]){0,12}") {
        let _ = read(&query);
    }
}
