use serde_json::{Map, Value};

use super::{Facts, Findings};
use crate::mixed::history::{Section, properties};

/// Every change counts `$version` up by one and is told once, and all nodes have the twin to which the
/// changes lead.
pub(super) fn check(facts: &Facts<'_>, findings: &mut Findings) {
    let history = facts.history;
    let broken = &mut findings.broken;
    let versions = history.changes.iter().map(|change| change.version);
    consecutive("the twin", 3, versions, broken);
    consecutive(
        "desired",
        2,
        history.desired().map(|one| one.version),
        broken,
    );
    consecutive(
        "reported",
        2,
        history.reported().map(|one| one.version),
        broken,
    );
    let last = history.changes.last().map(|change| change.version);
    for (node, twin) in (1..).zip(facts.twins) {
        if twin["version"].as_u64() != last {
            broken.push(format!(
                "node {node} has version {}, not {last:?}",
                twin["version"]
            ));
        }
        let (desired, reported) = (history.desired().last(), history.reported().last());
        same(node, "desired", twin, desired, broken);
        same(node, "reported", twin, reported, broken);
    }
    findings.evidence.changes += history.changes.len() as u64;
}

/// `first` is the version to which the first change of a new twin leads.
fn consecutive(
    what: &str,
    first: u64,
    versions: impl Iterator<Item = u64>,
    broken: &mut Vec<String>,
) {
    for (expected, found) in (first..).zip(versions) {
        if expected != found {
            broken.push(format!(
                "{what} came to version {found} instead of {expected}"
            ));
            return;
        }
    }
}

fn same(node: u64, name: &str, twin: &Value, last: Option<&Section>, broken: &mut Vec<String>) {
    let found = properties(&twin["properties"][name]);
    let expected = last.map_or_else(Map::new, |section| section.after.clone());
    if found != expected {
        broken.push(format!(
            "node {node} has {name} {found:?}, not {expected:?}"
        ));
    }
}
