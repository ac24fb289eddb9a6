use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{Facts, Findings};
use crate::mixed::history::{merge, properties};
use crate::mixed::ledger::Connection;

/// The desired properties after each of their versions.
type Contents<'a> = BTreeMap<u64, &'a Map<String, Value>>;

/// On one connection, a device is told of every version behind the one that it was subscribed at, in
/// order and once. With each of them it has the properties of that version, and in the end the last one.
pub(super) fn check(facts: &Facts<'_>, findings: &mut Findings) {
    let contents: Contents<'_> = facts
        .history
        .desired()
        .map(|section| (section.version, &section.after))
        .collect();
    let sent = facts.ledger.sent.lock();
    for (index, connection) in sent.connections.iter().enumerate() {
        let broken = order(connection).or_else(|| content(connection, &contents));
        let node = connection.node;
        findings
            .broken
            .extend(broken.map(|what| format!("connection {index} to node {node}: {what}")));
        findings.evidence.notices += connection.notices.len() as u64;
        findings.evidence.broken_connections += u64::from(connection.broken.is_some());
    }
    let newest = contents.keys().next_back().copied();
    let knows = sent.connections.last().and_then(Connection::knows);
    if newest.is_some() && knows != newest {
        let what = format!("the device knows desired version {knows:?}, not {newest:?}");
        findings.broken.push(what);
    }
}

fn order(connection: &Connection) -> Option<String> {
    let versions: Vec<u64> = connection
        .notices
        .iter()
        .map(|(version, _)| *version)
        .collect();
    if let (Some((read, _)), Some(first)) = (&connection.read, versions.first())
        && *first > read + 1
    {
        return Some(format!(
            "read desired version {read} and was told of {first} next"
        ));
    }
    let gap = versions.windows(2).find(|pair| pair[1] != pair[0] + 1)?;
    Some(format!(
        "was told of desired version {} after {}",
        gap[1], gap[0]
    ))
}

/// What the device makes of what it was sent.
fn content(connection: &Connection, contents: &Contents<'_>) -> Option<String> {
    let (read, document) = connection.read.as_ref()?;
    let mut has = properties(document);
    let later = connection
        .notices
        .iter()
        .filter(|(version, _)| version > read);
    for (version, notice) in later {
        merge(&mut has, &properties(notice));
        let Some(expected) = contents.get(version) else {
            return Some(format!(
                "was told of desired version {version}, which never was"
            ));
        };
        if has != **expected {
            let what = format!("has {has:?} at desired version {version}, which is {expected:?}");
            return Some(what);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn connection(read: Option<(u64, Value)>, notices: &[(u64, Value)]) -> Connection {
        Connection {
            node: 1,
            read,
            notices: notices.to_vec(),
            broken: None,
        }
    }

    #[test]
    fn a_version_that_is_left_out_or_comes_again_is_told() {
        let told = |versions: &[u64]| {
            let notices: Vec<_> = versions
                .iter()
                .map(|version| (*version, json!({})))
                .collect();
            order(&connection(Some((5, json!({}))), &notices))
        };
        for fine in [&[][..], &[6, 7], &[4, 5, 6]] {
            assert_eq!(told(fine), None);
        }
        for broken in [&[7][..], &[6, 8], &[6, 6], &[7, 6]] {
            assert!(told(broken).is_some(), "{broken:?}");
        }
    }

    #[test]
    fn a_removed_property_that_the_device_keeps_is_told() {
        let Value::Object(after) = json!({"b": 1}) else {
            unreachable!()
        };
        let contents = Contents::from([(6, &after)]);
        let read = || Some((5, json!({"a": 1, "$version": 5})));
        let patch = json!({"a": null, "b": 1, "$version": 6});
        assert_eq!(content(&connection(read(), &[(6, patch)]), &contents), None);
        let whole = json!({"b": 1, "$version": 6});
        assert!(content(&connection(read(), &[(6, whole)]), &contents).is_some());
    }
}
