use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use crate::harness::Event;

use super::journal::{Connection, Journal};

/// What the event stream holds, compared with what was acknowledged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Findings {
    /// Messages that were acknowledged.
    pub acked: u64,
    /// Events that are stored.
    pub stored: u64,
    /// Messages that were stored twice, as they may be: the first sending was never acknowledged, and
    /// the device sent again on its next connection.
    pub sent_again: u64,
    /// Every broken promise in words; empty when all is well.
    pub broken: Vec<String>,
}

/// A message as it is stored: its number and the connection that sent it.
type Stored = (u64, usize);

/// Compares what devices noted with every event of the hub.
pub(super) fn audit(journals: &[Journal], events: &[Event]) -> Findings {
    let mut findings = Findings {
        stored: events.len() as u64,
        ..Findings::default()
    };
    let mut by_device: BTreeMap<&str, Vec<Stored>> = BTreeMap::new();
    for event in events.iter().filter(|event| event.is_telemetry()) {
        match parse(event) {
            Some(stored) => by_device.entry(event.device()).or_default().push(stored),
            None => findings
                .broken
                .push(format!("an event that nobody sent: {event:?}")),
        }
    }
    for journal in journals {
        let device = journal.device.as_str();
        let stored = by_device.remove(device).unwrap_or_default();
        findings.acked += journal.acks.len() as u64;
        let told = findings.broken.len();
        findings.sent_again += compare(&journal.connections, &stored, &mut findings.broken);
        for broken in &mut findings.broken[told..] {
            *broken = format!("{device}: {broken}");
        }
    }
    for device in by_device.keys() {
        findings
            .broken
            .push(format!("events of the unknown device {device}"));
    }
    findings
}

fn parse(event: &Event) -> Option<Stored> {
    let body = String::from_utf8(event.body().ok()?).ok()?;
    let (number, connection) = body.trim_end().split_once(' ')?;
    Some((number.parse().ok()?, connection.parse().ok()?))
}

/// Holds one device's events, in the order of storage, against its connections. What a connection
/// stored must be the beginning of what it sent, at least as far as it was acknowledged.
///
/// Gives the number of messages that more than one connection stored.
fn compare(connections: &[Connection], stored: &[Stored], broken: &mut Vec<String>) -> u64 {
    if !stored.is_sorted_by_key(|(_, connection)| *connection) {
        broken.push("events of an older connection stand behind those of a newer one".to_owned());
    }
    let mut kept = 0;
    for (index, connection) in connections.iter().enumerate() {
        let of_it = stored.iter().filter(|(_, sender)| *sender == index);
        let numbers: Vec<u64> = of_it.map(|(number, _)| *number).collect();
        kept += numbers.len() as u64;
        let expected = connection.first..connection.first + connection.sent;
        if let Some((place, number)) = misplaced(&numbers, expected) {
            broken.push(format!(
                "connection {index} stored {number} at place {place}"
            ));
        }
        let present: BTreeSet<u64> = numbers.into_iter().collect();
        let acked = connection.first..connection.first + connection.acked;
        let missing: Vec<u64> = acked.filter(|number| !present.contains(number)).collect();
        if !missing.is_empty() {
            broken.push(format!(
                "connection {index} lost acknowledged messages {missing:?}"
            ));
        }
    }
    if kept != stored.len() as u64 {
        broken.push("events of connections that never were".to_owned());
    }
    let distinct: BTreeSet<u64> = stored.iter().map(|(number, _)| *number).collect();
    (stored.len() - distinct.len()) as u64
}

/// The first number that differs from what was sent at its place, or was not sent at all.
fn misplaced(numbers: &[u64], sent: Range<u64>) -> Option<(usize, u64)> {
    let expected = sent.map(Some).chain(std::iter::repeat(None));
    let mut places = numbers.iter().copied().zip(expected).enumerate();
    places.find_map(|(place, (found, sent))| (sent != Some(found)).then_some((place, found)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connection(first: u64, sent: u64, acked: u64) -> Connection {
        Connection {
            first,
            sent,
            acked,
            broken: None,
        }
    }

    fn broken(connections: &[Connection], stored: &[Stored]) -> Vec<String> {
        let mut broken = Vec::new();
        compare(connections, stored, &mut broken);
        broken
    }

    /// Sent 0 to 4, acknowledged 0 to 2; then 3 to 5 on a second connection, all acknowledged.
    fn two_connections() -> [Connection; 2] {
        [connection(0, 5, 3), connection(3, 3, 3)]
    }

    #[test]
    fn what_was_not_acknowledged_may_be_stored_or_not_and_then_again() {
        for first in [3, 4, 5] {
            let mut stored: Vec<Stored> = (0..first).map(|number| (number, 0)).collect();
            stored.extend((3..6).map(|number| (number, 1)));
            let mut told = Vec::new();
            let again = compare(&two_connections(), &stored, &mut told);
            assert_eq!((again, told), (first - 3, Vec::new()));
        }
    }

    #[test]
    fn a_missing_acknowledged_message_is_told() {
        let lost = broken(
            &two_connections(),
            &[(0, 0), (1, 0), (3, 1), (4, 1), (5, 1)],
        );
        assert!(
            lost.iter()
                .any(|told| told.contains("lost acknowledged messages [2]")),
            "{lost:?}"
        );
    }

    #[test]
    fn disorder_within_and_across_connections_is_told() {
        let swapped = [(0, 0), (2, 0), (1, 0), (3, 1), (4, 1), (5, 1)];
        assert!(!broken(&two_connections(), &swapped).is_empty());
        let late = [(0, 0), (1, 0), (2, 0), (3, 1), (3, 0), (4, 1), (5, 1)];
        assert!(!broken(&two_connections(), &late).is_empty());
    }

    #[test]
    fn one_connection_must_not_store_a_message_twice() {
        let twice = [(0, 0), (1, 0), (2, 0), (2, 0), (3, 1), (4, 1), (5, 1)];
        assert!(!broken(&two_connections(), &twice).is_empty());
    }

    #[test]
    fn events_that_nobody_sent_are_told() {
        assert!(!broken(&[connection(0, 1, 1)], &[(0, 0), (1, 0)]).is_empty());
        assert!(!broken(&[connection(0, 1, 1)], &[(0, 0), (1, 7)]).is_empty());
    }
}
