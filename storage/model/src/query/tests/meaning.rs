//! What expressions come to.

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::generate::{condition, name, number};
use super::reference::meaning;
use crate::query::eval::eval;
use crate::query::{Expr, Number, Path, Query, Value};

fn look<'v>(document: &'v Json, path: &Path) -> Value<'v> {
    let mut names = path.names().iter();
    let found = names.try_fold(document, |value, name| value.as_object()?.get(name));
    match found {
        None => Value::Undefined,
        Some(Json::Null) => Value::Null,
        Some(Json::Bool(value)) => Value::Bool(*value),
        Some(Json::Number(number)) => Value::Number(match number.as_i64() {
            Some(value) => Number::Int(value),
            None => Number::Float(number.as_f64().unwrap()),
        }),
        Some(Json::String(text)) => Value::Text(text.as_str().into()),
        Some(Json::Array(_)) => Value::Array,
        Some(Json::Object(_)) => Value::Object,
    }
}

fn holds(condition: &str, document: &Json) -> Option<bool> {
    let text = format!("SELECT * FROM devices WHERE {condition}");
    let query = Query::parse(&text).unwrap_or_else(|error| panic!("{}", error.render(&text)));
    eval(&query.filter.unwrap(), &|path| look(document, path)).as_bool()
}

#[test]
fn what_a_comparison_has_no_meaning_for_is_undefined() {
    let document = json!({"n": 1, "t": "1", "o": {}, "l": [1], "z": null, "b": true});
    for condition in [
        "n = '1'",
        "n != '1'",
        "n < t",
        "o = o",
        "l = l",
        "o != 1",
        "missing = 1",
        "missing != 1",
        "missing = undefined",
        "z = 1",
        "z < 0",
        "t + 1 = 2",
        "n / 0 = 0",
        "startswith(n, '1')",
        "n LIKE '1'",
        "missing IN [undefined]",
        "o NIN [1]",
        "NOT n",
        "NOT missing",
        "n = 1 AND t",
        "n = 2 OR missing",
        "l IN [ [1] ]",
    ] {
        assert_eq!(holds(condition, &document), None, "{condition}");
    }
}

#[test]
fn conditions_hold_for_what_they_say() {
    let document = json!({"n": 5, "f": 2.5, "t": "north-7", "z": null, "b": false, "o": {"in": 1}});
    for condition in [
        "n = 5",
        "n = 5.0",
        "n <> 4",
        "n >= 5 AND n <= 5",
        "f * 2 = n",
        "n % 2 = 1",
        "n | 2 = 7",
        "-n = -5",
        "z = null",
        "b = false",
        "b < true",
        "t > 'north'",
        "startswith(t, 'north')",
        "endswith(t, '-7')",
        "t LIKE 'n%-_'",
        "n IN [1, 'x', 5]",
        "n NIN ['5', 6]",
        "is_defined(o.in)",
        "NOT is_defined(o.out)",
        "is_null(z)",
        "is_bool(b)",
        "is_number(f)",
        "is_string(t)",
        "is_object(o)",
        "is_primitive(z)",
        "NOT is_primitive(o)",
        "NOT is_number(missing)",
        "missing = 1 OR n = 5",
        "NOT (missing = 1 AND n = 4)",
        "t = 'north-\\u0037'",
    ] {
        assert_eq!(holds(condition, &document), Some(true), "{condition}");
    }
}

#[test]
fn one_term_decides_whatever_the_others_are() {
    let document = json!({"n": 1});
    assert_eq!(holds("missing AND n = 2", &document), Some(false));
    assert_eq!(holds("n = 2 AND missing", &document), Some(false));
    assert_eq!(holds("missing OR n = 1", &document), Some(true));
    assert_eq!(holds("NOT (n AND n = 2)", &document), Some(true));
}

fn documents() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::Bool),
        number().prop_map(|number| match number {
            Number::Int(value) => Json::from(value),
            Number::Float(value) => Json::from(value),
        }),
        "[ab]{0,3}".prop_map(Json::String),
    ];
    let tree = leaf.prop_recursive(3, 24, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Json::Array),
            prop::collection::hash_map(name(), inner, 0..5)
                .prop_map(|entries| Json::Object(entries.into_iter().collect())),
        ]
    });
    prop::collection::hash_map(name(), tree, 2..8)
        .prop_map(|entries| Json::Object(entries.into_iter().collect()))
}

fn same(value: &Value<'_>, json: Option<&Json>) -> bool {
    match (value, json) {
        (Value::Undefined, None) | (Value::Null, Some(Json::Null)) => true,
        (Value::Bool(one), Some(Json::Bool(two))) => one == two,
        // Whole numbers are exact, and the reference counts in floating-point ones.
        (Value::Number(one), Some(Json::Number(two))) => {
            let (one, two) = (one.as_f64(), two.as_f64().unwrap());
            one == two || (one - two).abs() <= 1e-9 * one.abs()
        }
        (Value::Text(one), Some(Json::String(two))) => one == two,
        (Value::Array, Some(Json::Array(_))) | (Value::Object, Some(Json::Object(_))) => true,
        _ => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn expressions_mean_what_the_reference_says(
        expr in condition(),
        document in documents(),
    ) {
        let value = eval(&expr, &|path| look(&document, path));
        let expected = meaning(&expr, &document);
        prop_assert!(same(&value, expected.as_ref()), "{expr}: {value:?}, not {expected:?}");
    }

    #[test]
    fn a_text_and_its_tree_mean_the_same(expr in condition(), document in documents()) {
        let text = format!("SELECT * FROM devices WHERE {expr}");
        let parsed: Expr<Path> = Query::parse(&text).unwrap().filter.unwrap();
        let of = |expr: &Expr<Path>| format!("{:?}", eval(expr, &|path| look(&document, path)));
        prop_assert_eq!(of(&parsed), of(&expr));
    }
}
