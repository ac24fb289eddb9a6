//! Texts and the trees that they are.

use proptest::prelude::*;

use super::generate::query;
use crate::query::{
    Aggregate, AggregateFunction, Equality, Expr, GroupTerm, Item, Literal, Lookup, Number, Output,
    Path, Program, Projection, Query, Select, Slot, SortTerm, Source,
};

fn parse(text: &str) -> Query {
    Query::parse(text).unwrap_or_else(|error| panic!("{}", error.render(text)))
}

fn path(text: &str) -> Path {
    Path::new(text.split('.').map(str::to_owned).collect()).unwrap()
}

fn condition(text: &str) -> Expr<Path> {
    parse(&format!("SELECT * FROM devices WHERE {text}"))
        .filter
        .unwrap()
}

#[test]
fn the_examples_of_the_documentation_are_understood() {
    for text in [
        "SELECT * FROM devices",
        "select * from devices where tags.location.region = 'US'",
        "SELECT * FROM devices WHERE tags.location.region = 'US' AND properties.reported.telemetryConfig.sendFrequencyInSecs >= 60",
        "SELECT * FROM devices WHERE properties.reported.connectivity IN ['wired', 'wifi']",
        "SELECT * FROM devices WHERE is_defined(properties.reported.connectivity)",
        "SELECT properties.reported.telemetryConfig.status AS status, COUNT() AS numberOfDevices FROM devices GROUP BY properties.reported.telemetryConfig.status",
        "SELECT deviceId FROM devices WHERE connectionState = 'Connected'",
        "SELECT * FROM devices.modules WHERE properties.reported.status = 'scanning'",
        "SELECT * FROM devices.modules WHERE properties.reported.status = 'scanning' AND deviceId IN ['device1', 'device2']",
        "SELECT * FROM devices WHERE startswith(deviceId, 'dev') OR NOT endswith(deviceId, \"1\")",
        "SELECT * FROM devices WHERE [[capabilities]].iotEdge = true",
        "SELECT * FROM devices WHERE configurations.[[my-config]].status = 'Applied'",
        "SELECT * FROM devices WHERE tags.[[group]] NIN ['x', null, 0xFF, undefined]",
        "SELECT COUNT() as totalNumber FROM devices",
        "SELECT * FROM devices WHERE tags.a + 1 * 2 - 3 / 4 % 5 | 6 <> -7.5e-3",
    ] {
        parse(text);
    }
}

#[test]
fn clauses_end_up_in_their_places() {
    let query = parse(
        "SELECT TOP 5 tags.site AS site, COUNT() AS n, AVG(devices.properties.reported.t) \
         FROM devices WHERE status = 'enabled' GROUP BY tags.site ORDER BY n DESC, tags.site ASC",
    );
    assert_eq!(query.top, Some(5));
    assert_eq!(query.source, Source::Devices);
    assert_eq!(query.group_by, [path("tags.site")]);
    assert_eq!(query.column_names(), ["site", "n", "$1"]);
    let Select::Items(items) = &query.select else {
        panic!("{query:?}");
    };
    assert_eq!(
        items[2],
        Item {
            alias: None,
            projection: Projection::Aggregate(Aggregate {
                function: AggregateFunction::Avg,
                path: Some(path("properties.reported.t")),
            }),
        }
    );
    let descending: Vec<_> = query.order_by.iter().map(|key| key.descending).collect();
    assert_eq!(descending, [true, false]);
}

#[test]
fn operators_bind_as_in_sql() {
    for (short, full) in [
        (
            "a = 1 OR b = 2 AND c = 3",
            "(a = 1) OR ((b = 2) AND (c = 3))",
        ),
        ("NOT a = 1 AND b", "(NOT (a = 1)) AND b"),
        ("a + b * c < d | 1", "(a + (b * c)) < (d | 1)"),
        ("a - b - c = 0", "((a - b) - c) = 0"),
        ("-a * b = -1", "((-a) * b) = (-1)"),
        ("a LIKE 'x%' OR b IN [1]", "(a LIKE 'x%') OR (b IN [1])"),
    ] {
        assert_eq!(condition(short), condition(full), "{short}");
    }
}

#[test]
fn the_collections_name_may_stand_before_a_path() {
    let of = |text: &str| condition(text);
    assert_eq!(of("devices.tags.a"), Expr::Path(path("tags.a")));
    assert_eq!(of("[[devices]].tags"), Expr::Path(path("devices.tags")));
    assert_eq!(of("devices"), Expr::Path(path("devices")));
    let query = parse("SELECT devices.modules.moduleId FROM devices.modules");
    assert_eq!(query.column_names(), ["moduleId"]);
    assert_eq!(query.to_string(), "SELECT moduleId FROM devices.modules");
}

#[test]
fn constants_are_read_in_every_form() {
    let of = |text: &str| match condition(text) {
        Expr::Literal(literal) => literal,
        other => panic!("{other:?}"),
    };
    assert_eq!(of("0x1F"), Literal::Number(Number::Int(31)));
    assert_eq!(of("-12"), Literal::Number(Number::Int(-12)));
    assert_eq!(of("1.50"), Literal::Number(Number::Float(1.5)));
    assert_eq!(of("2E3"), Literal::Number(Number::Float(2000.0)));
    assert_eq!(of("TRUE"), Literal::Bool(true));
    assert_eq!(of("Undefined"), Literal::Undefined);
    let text = r#"'it\'s \"\u00e9\ud83d\ude00\\'"#;
    assert_eq!(of(text), Literal::Text("it's \"\u{e9}\u{1f600}\\".into()));
    assert_eq!(of("\"it's\""), Literal::Text("it's".into()));
    assert_eq!(
        of("[ [1], null]"),
        Literal::Array(vec![
            Literal::Array(vec![Literal::Number(Number::Int(1))]),
            Literal::Null
        ])
    );
}

#[test]
fn a_program_numbers_paths_and_knows_what_must_be_equal() {
    let program = Program::compile(&parse(
        "SELECT tags.a, COUNT() FROM devices \
         WHERE tags.a = 1 AND 'x' = status AND (tags.b IN [2, undefined, 3] AND tags.c > 1) \
         GROUP BY tags.a ORDER BY tags.a",
    ));
    assert_eq!(*program.lookup(Slot(0)), Lookup::Tags(vec!["a".into()]));
    let equalities: Vec<(usize, usize)> = program
        .equalities
        .iter()
        .map(|Equality { slot, values }| (slot.0, values.len()))
        .collect();
    assert_eq!(equalities, [(0, 1), (1, 1), (2, 2)]);
    assert_eq!(program.order[0].term, SortTerm::Group(GroupTerm::Key(0)));
    let Output::Groups { keys, columns, .. } = &program.output else {
        panic!("{program:?}");
    };
    assert_eq!(keys, &[Slot(0)]);
    assert_eq!(columns[0].value, GroupTerm::Key(0));
    assert_eq!(columns[1].value, GroupTerm::Aggregate(0));
}

#[test]
fn an_alternative_is_no_equality() {
    for text in [
        "a = 1 OR b = 2",
        "NOT a = 1",
        "a = b",
        "a != 1",
        "a NIN [1]",
    ] {
        let text = format!("SELECT * FROM devices WHERE {text}");
        assert_eq!(Program::compile(&parse(&text)).equalities, [], "{text}");
    }
}

#[test]
fn a_program_knows_which_devices_are_named_and_whether_new_twins_matter() {
    let of = |condition: &str| {
        Program::compile(&parse(&format!("SELECT * FROM devices WHERE {condition}")))
    };
    let named = of("tags.a = 1 AND deviceId IN ['b', 'a', 'no id/', 3, 'b']").named_devices();
    let names: Vec<_> = named.unwrap().iter().map(ToString::to_string).collect();
    assert_eq!(names, ["a", "b"]);
    assert_eq!(of("deviceId = 'a' OR tags.a = 1").named_devices(), None);
    for condition in [
        "tags.a = 1",
        "properties.reported.a > 1 AND tags.b != 'x'",
        "nothing = 1",
    ] {
        assert!(!of(condition).may_keep_new_twins(), "{condition}");
    }
    for condition in [
        "NOT is_defined(tags.a)",
        "tags.a = 1 AND status = 'enabled'",
        "properties.desired.$version = 1",
        "is_object(tags)",
        "1 = 1",
    ] {
        assert!(of(condition).may_keep_new_twins(), "{condition}");
    }
}

proptest! {
    #[test]
    fn what_is_printed_parses_to_the_same_tree(query in query()) {
        let text = query.to_string();
        match Query::parse(&text) {
            Ok(parsed) => prop_assert_eq!(parsed, query),
            Err(error) => prop_assert!(false, "{}", error.render(&text)),
        }
    }
}
