use proptest::prelude::*;
use roost_model::query::{Accumulator, Program, Query};
use roost_model::{Authentication, Status};
use serde_json::{Value, json};

use super::history::{INDEXABLE, entries, live};
use super::support::{Replica, create, id, index_path, merge, update, update_twin};
use crate::{
    BuildIndex, QueryFailure, QueryPart, QueryPlan, QueryRun, QuerySlice, Reader, SortPlace,
    UpdateTwin,
};

fn slice() -> QuerySlice {
    QuerySlice {
        limit: 1000,
        bytes: u32::MAX,
        ..QuerySlice::default()
    }
}

fn ask_slice(reader: &Reader, query: &str, slice: &QuerySlice) -> QueryRun {
    let query = Query::parse(query).unwrap_or_else(|error| panic!("{}", error.render(query)));
    reader
        .query(&Program::compile(&query), slice, &|| true)
        .unwrap()
}

fn json_rows(run: &QueryRun) -> Vec<Value> {
    match &run.part {
        QueryPart::Rows { rows, .. } => rows
            .iter()
            .map(|row| serde_json::from_slice(&row.json).unwrap())
            .collect(),
        QueryPart::Groups(_) => panic!("groups: {run:?}"),
    }
}

fn ask(replica: &Replica, query: &str) -> Vec<Value> {
    json_rows(&ask_slice(&replica.reader(), query, &slice()))
}

fn ids(replica: &Replica, condition: &str) -> Vec<String> {
    let rows = ask(
        replica,
        &format!("SELECT deviceId FROM devices WHERE {condition}"),
    );
    rows.iter()
        .map(|row| row["deviceId"].as_str().unwrap().to_owned())
        .collect()
}

/// Devices a to d, of which d's twin was never written, and a module of a.
fn hub() -> Replica {
    let mut replica = Replica::new();
    for name in ["a", "b", "c", "d", "a/m"] {
        replica.create(name);
    }
    for (name, tags, desired) in [
        ("a", r#"{"site":"north","floor":1}"#, r#"{"rate":5}"#),
        ("b", r#"{"site":"south","floor":2.0}"#, r#"{"rate":2.5}"#),
        (
            "c",
            r#"{"site":"north","floor":2}"#,
            r#"{"rate":"fast","list":[1]}"#,
        ),
        ("a/m", r#"{"site":"north"}"#, r#"{"rate":1}"#),
    ] {
        replica.update_twin(UpdateTwin {
            tags: merge(tags),
            desired: merge(desired),
            ..update_twin(name)
        });
    }
    replica
}

fn index(replica: &mut Replica, path: &str) {
    replica.run(BuildIndex {
        path: index_path(path),
        most: 9,
        instead_of: None,
        step: 100,
    });
}

#[test]
fn rows_are_those_for_which_the_condition_is_true() {
    let replica = hub();
    for (condition, expected) in [
        ("tags.site = 'north'", &["a", "c"][..]),
        ("tags.floor = 2", &["b", "c"]),
        ("properties.desired.rate > 2", &["a", "b"]),
        (
            "is_object(properties.desired) AND NOT is_defined(tags.site)",
            &["d"],
        ),
        ("deviceId IN ['d', 'a', 'nobody']", &["a", "d"]),
        ("properties.desired.$version = 1", &["d"]),
        (
            "status = 'enabled' AND connectionState = 'Disconnected'",
            &["a", "b", "c", "d"],
        ),
        (
            "is_defined(properties.desired.$metadata.rate.$lastUpdated)",
            &["a", "b", "c"],
        ),
        ("moduleId = 'm'", &[]),
    ] {
        assert_eq!(ids(&replica, condition), expected, "{condition}");
    }
    let modules = ask(&replica, "SELECT deviceId, moduleId FROM devices.modules");
    assert_eq!(modules, [json!({"deviceId": "a", "moduleId": "m"})]);
}

#[test]
fn projections_show_values_and_leave_out_what_is_undefined() {
    let replica = hub();
    let rows = ask(
        &replica,
        "SELECT tags, properties.desired.list AS l, properties.desired.rate, capabilities, \
         properties.desired.$version FROM devices WHERE deviceId = 'c'",
    );
    assert_eq!(
        rows,
        [
            json!({"tags": {"site": "north", "floor": 2}, "l": [1], "rate": "fast",
            "capabilities": {"iotEdge": false}, "$version": 2})
        ]
    );
    let rows = ask(
        &replica,
        "SELECT tags.site, x509Thumbprint FROM devices WHERE deviceId = 'd'",
    );
    let none = json!({"primaryThumbprint": null, "secondaryThumbprint": null});
    assert_eq!(rows, [json!({"x509Thumbprint": none})]);
}

#[test]
fn everything_is_the_twin_as_a_back_end_reads_it() {
    let mut replica = hub();
    replica.attach("a");
    let rows = ask(&replica, "SELECT * FROM devices WHERE deviceId = 'a'");
    let twin = &rows[0];
    assert_eq!(twin["deviceId"], "a");
    assert_eq!(twin["connectionState"], "Connected");
    assert_eq!(twin["properties"]["desired"]["rate"], 5);
    assert_eq!(twin["properties"]["desired"]["$version"], 2);
    assert!(twin["properties"]["desired"]["$metadata"]["rate"].is_object());
}

#[test]
fn a_module_has_the_status_of_its_device() {
    let mut replica = hub();
    let mut disable = update(&replica.reader().identity(&id("a")).unwrap().unwrap());
    disable.status = Status::Disabled;
    replica.update(disable);
    let rows = ask(
        &replica,
        "SELECT status FROM devices.modules WHERE status = 'disabled'",
    );
    assert_eq!(rows, [json!({"status": "disabled"})]);
}

#[test]
fn slices_continue_behind_a_key_until_the_end() {
    let replica = hub();
    let mut wanted = QuerySlice {
        limit: 2,
        ..slice()
    };
    let first = ask_slice(&replica.reader(), "SELECT deviceId FROM devices", &wanted);
    assert_eq!(json_rows(&first).len(), 2);
    wanted.after = first.next;
    let second = ask_slice(&replica.reader(), "SELECT deviceId FROM devices", &wanted);
    assert_eq!(
        json_rows(&second),
        [json!({"deviceId": "c"}), json!({"deviceId": "d"})]
    );
    wanted.after = second.next;
    let last = ask_slice(&replica.reader(), "SELECT deviceId FROM devices", &wanted);
    assert_eq!((json_rows(&last).len(), last.next), (0, None));
}

#[test]
fn a_slice_ends_early_when_it_is_told_to_or_has_enough_bytes() {
    let mut replica = Replica::new();
    for number in 0..200 {
        replica.create(&format!("d{number:03}"));
    }
    let query = Query::parse("SELECT deviceId FROM devices WHERE tags.a = 1 OR 1 = 1").unwrap();
    let program = Program::compile(&query);
    let run = replica
        .reader()
        .query(&program, &slice(), &|| false)
        .unwrap();
    assert!(run.looked_at < 200, "{}", run.looked_at);
    assert!(run.next.is_some());
    let small = QuerySlice {
        bytes: 1,
        ..slice()
    };
    let run = replica.reader().query(&program, &small, &|| true).unwrap();
    assert_eq!(json_rows(&run).len(), 1);
}

#[test]
fn an_order_gives_its_first_rows_and_goes_on_behind_a_place() {
    let replica = hub();
    let query = "SELECT deviceId FROM devices ORDER BY tags.floor DESC, deviceId";
    let mut wanted = QuerySlice {
        limit: 2,
        ..slice()
    };
    let mut seen = Vec::new();
    loop {
        let run = ask_slice(&replica.reader(), query, &wanted);
        let QueryPart::Rows { rows, more } = run.part else {
            panic!("no rows");
        };
        let last: Option<SortPlace> = rows.last().map(|row| row.place.clone());
        seen.extend(
            rows.into_iter()
                .map(|row| String::from_utf8(row.place.key).unwrap()),
        );
        if !more {
            break;
        }
        wanted.beyond = last;
    }
    assert_eq!(seen, ["b", "c", "a", "d"]);
}

#[test]
fn groups_hold_rows_with_the_same_values() {
    let replica = hub();
    let query = "SELECT tags.site, COUNT() AS n, SUM(properties.desired.rate) AS s \
                 FROM devices GROUP BY tags.site";
    let QueryPart::Groups(mut groups) = ask_slice(&replica.reader(), query, &slice()).part else {
        panic!("no groups");
    };
    groups.sort_by(|one, other| one.places.cmp(&other.places));
    let keys: Vec<_> = groups.iter().map(|group| group.keys[0].clone()).collect();
    let text = |text: &str| Some(text.as_bytes().to_vec());
    assert_eq!(keys, [None, text("\"north\""), text("\"south\"")]);
    let counts: Vec<_> = groups
        .iter()
        .map(|group| group.aggregates[0].clone())
        .collect();
    assert_eq!(counts, [1, 2, 1].map(Accumulator::Count));
}

#[test]
fn counts_of_everything_are_not_counted() {
    let replica = hub();
    let run = ask_slice(&replica.reader(), "SELECT COUNT() FROM devices", &slice());
    assert_eq!((run.plan, run.looked_at), (QueryPlan::Counters, 0));
    let run = ask_slice(
        &replica.reader(),
        "SELECT COUNT() FROM devices WHERE 1 = 1",
        &slice(),
    );
    let QueryPart::Groups(groups) = run.part else {
        panic!("no groups");
    };
    assert_eq!(groups[0].aggregates, [Accumulator::Count(4)]);
}

#[test]
fn an_equality_uses_an_index_once_it_is_built_and_names_it_until_then() {
    let mut replica = hub();
    let query = "SELECT deviceId FROM devices WHERE tags.site = 'north' AND tags.floor = 1";
    let run = ask_slice(&replica.reader(), query, &slice());
    assert_eq!(run.plan, QueryPlan::Scan);
    assert_eq!(
        run.unindexed,
        [index_path("tags.site"), index_path("tags.floor")]
    );
    index(&mut replica, "tags.site");
    index(&mut replica, "tags.floor");
    let run = ask_slice(&replica.reader(), query, &slice());
    // Two rows have the site (one is a module's), one the floor.
    assert_eq!(run.plan, QueryPlan::Index("tags.floor".into()));
    assert_eq!((run.looked_at, run.unindexed.len()), (1, 0));
    assert_eq!(json_rows(&run), [json!({"deviceId": "a"})]);
    assert_eq!(ids(&replica, "tags.floor IN [2, 1, 2.0]"), ["a", "b", "c"]);
}

#[test]
fn more_groups_than_there_may_be_are_refused() {
    let mut replica = Replica::new();
    let long = "x".repeat(128);
    let names: Vec<_> = (0..roost_model::limits::MAX_QUERY_GROUPS + 1)
        .map(|number| format!("{number:05}{}", &long[..20]))
        .collect();
    for names in names.chunks(500) {
        let commands = names.iter().map(|name| {
            let mut command = create(name);
            command.draft.authentication = Authentication::None;
            command.into()
        });
        replica.propose(commands.collect());
    }
    let query = Query::parse("SELECT COUNT() FROM devices GROUP BY deviceId").unwrap();
    let program = Program::compile(&query);
    let refused = replica.reader().query(&program, &slice(), &|| true);
    assert!(matches!(refused, Err(QueryFailure::TooManyGroups { .. })));
}

#[test]
fn groups_whose_keys_are_too_large_together_are_refused() {
    // The keys are JSON: a text has two quotes.
    let key = 4096;
    let most = roost_model::limits::MAX_QUERY_GROUP_BYTES / key;
    let mut replica = Replica::new();
    let program =
        Program::compile(&Query::parse("SELECT COUNT() FROM devices GROUP BY tags.key").unwrap());
    for number in 0..=most {
        let name = format!("d{number}");
        replica.create(&name);
        let value = format!("{number:0>width$}", width = key - 2);
        replica.update_twin(UpdateTwin {
            tags: merge(&format!(r#"{{"key":"{value}"}}"#)),
            ..update_twin(&name)
        });
        if number + 1 == most {
            let reader = replica.reader();
            assert!(reader.query(&program, &slice(), &|| true).is_ok());
        }
    }
    let refused = replica.reader().query(&program, &slice(), &|| true);
    assert!(matches!(refused, Err(QueryFailure::TooManyGroups { .. })));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn whichever_way_rows_are_found_they_are_the_same(entries in entries(60)) {
        let replica = live(&entries);
        for path in INDEXABLE {
            for value in ["1", "'x'", "true"] {
                for source in ["devices", "devices.modules"] {
                    let all = format!("SELECT * FROM {source} WHERE {path} = {value}");
                    let mut one_by_one = Vec::new();
                    for device in ["a", "b", "c"] {
                        one_by_one.extend(ask(&replica, &format!("{all} AND deviceId = '{device}'")));
                    }
                    prop_assert_eq!(ask(&replica, &all), one_by_one, "{}", all);
                }
            }
        }
    }
}
