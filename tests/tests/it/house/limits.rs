//! A limit that no test checks does not hold: every name on the pages of limits stands in some test.

use std::path::Path;

use super::source::{Halves, names};
use super::tree;

/// The pages, and what begins a limit on them.
const PAGES: &[&str] = &["storage/model/src/limits.rs", "api/amqp/src/limits.rs"];

/// What needs no test at it and one past it, and why.
const EXEMPT: &[(&str, &str)] = &[
    (
        "METER_BLOCK_BYTES",
        "nothing is metered yet: there are no quotas",
    ),
    (
        "DEFAULT_CONSUMER_GROUP",
        "a name and not a number; tests spell it as clients do",
    ),
    (
        "OUTGOING_WINDOW",
        "only has to be large: the peer is not held to anything by it",
    ),
];

/// Names of constants and of the fields of `Limits`.
fn limits(page: &str) -> Vec<String> {
    let text = std::fs::read_to_string(tree::root().join(page)).unwrap();
    let (mut found, mut in_limits) = (Vec::new(), false);
    for line in text.lines() {
        let name = |rest: &str| rest.split(':').next().unwrap_or_default().to_owned();
        if let Some(rest) = line.strip_prefix("pub const ") {
            found.push(name(rest));
        } else if line.starts_with("pub struct Limits {") {
            in_limits = true;
        } else if line.starts_with('}') {
            in_limits = false;
        } else if let Some(rest) = line.strip_prefix("    pub ")
            && in_limits
        {
            found.push(name(rest));
        }
    }
    assert!(found.len() > 10, "{page} has another form: {found:?}");
    found
}

#[test]
fn every_limit_is_named_in_a_test() {
    let halves = Halves::all();
    let limits: Vec<String> = PAGES.iter().flat_map(|page| limits(page)).collect();
    // This file names some, and is no test of any.
    let tests: Vec<_> = halves
        .iter()
        .filter(|halves| halves.path != Path::new("tests/tests/it/house/limits.rs"))
        .collect();
    let is_tested = |limit: &str| tests.iter().any(|halves| names(&halves.tests, limit));
    let is_exempt = |limit: &str| EXEMPT.iter().any(|(name, _)| *name == limit);
    let missing: Vec<_> = limits
        .iter()
        .filter(|limit| !is_tested(limit) && !is_exempt(limit))
        .collect();
    assert!(missing.is_empty(), "no test names {missing:?}");
    let idle: Vec<_> = EXEMPT
        .iter()
        .filter(|(name, _)| is_tested(name) || !limits.iter().any(|limit| limit == name))
        .collect();
    assert!(idle.is_empty(), "these need no exemption: {idle:?}");
}

#[test]
fn every_limit_is_used() {
    let halves = Halves::all();
    let unused: Vec<String> = PAGES
        .iter()
        .flat_map(|page| limits(page).into_iter().map(move |limit| (page, limit)))
        .filter(|(page, limit)| {
            let elsewhere = halves
                .iter()
                .any(|halves| halves.path != Path::new(page) && names(&halves.product, limit));
            // The defaults of `Limits`, and what an operator can set at most, stand on the page itself.
            let here = halves
                .iter()
                .filter(|halves| halves.path == Path::new(page))
                .map(|halves| halves.product.matches(limit.as_str()).count())
                .sum::<usize>();
            let is_field = limit.chars().next().is_some_and(char::is_lowercase);
            !elsewhere && (is_field || here < 2)
        })
        .map(|(_, limit)| limit)
        .filter(|limit| limit != "METER_BLOCK_BYTES")
        .collect();
    assert!(unused.is_empty(), "nothing keeps {unused:?}");
}
