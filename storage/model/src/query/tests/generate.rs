//! Arbitrary trees.

use proptest::prelude::*;

use crate::query::{
    Aggregate, AggregateFunction, Arithmetic, Comparison, Expr, Item, LikePattern, Literal, Number,
    OrderKey, Path, Projection, Query, Select, Source, TextFunction, TypeTest,
};

/// Few names, so that trees and documents meet; some that need brackets.
pub(super) fn name() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "a",
        "b",
        "c",
        "$version",
        "group",
        "devices",
        "modules",
        "two words",
        "1st",
        "x]",
        "count",
    ])
    .prop_map(str::to_owned)
}

pub(super) fn path() -> impl Strategy<Value = Path> {
    prop::collection::vec(name(), 1..4).prop_map(|names| Path::new(names).unwrap())
}

pub(super) fn number() -> impl Strategy<Value = Number> {
    prop_oneof![
        (-4i64..5).prop_map(Number::Int),
        (-8i32..9).prop_map(|quarters| Number::Float(f64::from(quarters) / 4.0)),
    ]
}

fn any_number() -> impl Strategy<Value = Number> {
    prop_oneof![
        number(),
        (-i64::MAX..=i64::MAX).prop_map(Number::Int),
        prop::num::f64::NORMAL.prop_map(Number::Float),
    ]
}

fn primitive(number: impl Strategy<Value = Number> + 'static) -> BoxedStrategy<Literal> {
    prop_oneof![
        Just(Literal::Undefined),
        Just(Literal::Null),
        any::<bool>().prop_map(Literal::Bool),
        number.prop_map(Literal::Number),
        "[ab]{0,3}".prop_map(Literal::Text),
    ]
    .boxed()
}

fn pattern() -> impl Strategy<Value = LikePattern> {
    prop_oneof![
        "[ab%_]{0,4}".prop_map(|text| LikePattern::parse(text, None).unwrap()),
        "([ab%_]|![ab%_!]){0,4}".prop_map(|text| LikePattern::parse(text, Some("!")).unwrap()),
    ]
}

/// Conditions over few paths and small constants.
pub(super) fn condition() -> BoxedStrategy<Expr<Path>> {
    expression(primitive(number()).boxed())
}

fn expression(literal: BoxedStrategy<Literal>) -> BoxedStrategy<Expr<Path>> {
    let list = prop::collection::vec(literal.clone(), 0..4);
    let leaf = prop_oneof![
        literal.prop_map(Expr::Literal),
        path().prop_map(Expr::Path),
        path().prop_map(Expr::Path),
        path().prop_map(Expr::IsDefined),
    ];
    leaf.prop_recursive(5, 40, 3, move |inner| {
        let one = inner.clone().prop_map(Box::new);
        let two = (one.clone(), one.clone());
        let terms = prop::collection::vec(inner, 2..4);
        prop_oneof![
            one.clone().prop_map(Expr::Negate),
            one.clone().prop_map(Expr::Not),
            terms.clone().prop_map(Expr::All),
            terms.prop_map(Expr::Any),
            (prop::sample::select(&Comparison::ALL[..]), two.clone())
                .prop_map(|(how, (left, right))| Expr::Compare(how, left, right)),
            (prop::sample::select(&Arithmetic::ALL[..]), two.clone())
                .prop_map(|(how, (left, right))| Expr::Arithmetic(how, left, right)),
            (one.clone(), list.clone()).prop_map(|(inner, list)| Expr::In(inner, list)),
            (one.clone(), list.clone()).prop_map(|(inner, list)| Expr::NotIn(inner, list)),
            (one.clone(), pattern()).prop_map(|(inner, pattern)| Expr::Like(inner, pattern)),
            (prop::sample::select(&TypeTest::ALL[..]), one)
                .prop_map(|(test, inner)| Expr::IsOfType(test, inner)),
            (prop::sample::select(&TextFunction::ALL[..]), two)
                .prop_map(|(function, (text, part))| Expr::Text(function, text, part)),
        ]
    })
    .boxed()
}

fn any_literal() -> BoxedStrategy<Literal> {
    let text = "\\PC{0,6}|[\\u{0}-\\u{1f}'\"\\\\]{0,4}".prop_map(Literal::Text);
    prop_oneof![primitive(any_number().boxed()), text]
        .prop_recursive(2, 6, 3, |inner| {
            prop::collection::vec(inner, 0..3).prop_map(Literal::Array)
        })
        .boxed()
}

fn aggregate() -> impl Strategy<Value = Aggregate> {
    let function = prop::sample::select(&AggregateFunction::ALL[..]);
    (function, path(), any::<bool>()).prop_map(|(function, path, all)| Aggregate {
        function,
        path: (!all || function != AggregateFunction::Count).then_some(path),
    })
}

fn item(grouped: Option<Vec<Path>>) -> BoxedStrategy<Projection> {
    match grouped {
        None => path().prop_map(Projection::Path).boxed(),
        Some(keys) if keys.is_empty() => aggregate().prop_map(Projection::Aggregate).boxed(),
        Some(keys) => prop_oneof![
            aggregate().prop_map(Projection::Aggregate),
            prop::sample::select(keys).prop_map(Projection::Path),
        ]
        .boxed(),
    }
}

fn items(grouped: Option<Vec<Path>>) -> impl Strategy<Value = Select> {
    prop::collection::vec(item(grouped), 1..4).prop_map(|projections| {
        // Numbered, so that no two columns have one name.
        let named = projections.into_iter().enumerate();
        let items = named.map(|(index, projection)| Item {
            projection,
            alias: Some(format!("column{index}")),
        });
        Select::Items(items.collect())
    })
}

fn order(paths: BoxedStrategy<Path>) -> impl Strategy<Value = Vec<OrderKey>> {
    let key = (paths, any::<bool>()).prop_map(|(path, descending)| OrderKey { path, descending });
    prop::collection::vec(key, 0..3)
}

/// Queries whose parts go together.
pub(super) fn query() -> impl Strategy<Value = Query> {
    let plain = (
        prop_oneof![Just(Select::All).boxed(), items(None).boxed()],
        order(path().boxed()),
    )
        .prop_map(|(select, order_by)| (select, Vec::new(), order_by));
    let grouped = prop::collection::vec(path(), 1..3).prop_flat_map(|keys| {
        let order = order(prop::sample::select(keys.clone()).boxed());
        (items(Some(keys.clone())), Just(keys), order)
    });
    let source = prop_oneof![Just(Source::Devices), Just(Source::Modules)];
    let filter = prop::option::of(expression(any_literal()));
    let shape = prop_oneof![plain, grouped];
    (prop::option::of(0u64..1000), source, filter, shape).prop_map(
        |(top, source, filter, (select, group_by, order_by))| Query {
            top,
            select,
            source,
            filter,
            group_by,
            order_by,
        },
    )
}
