use std::collections::{BTreeMap, BTreeSet};

use super::{Facts, Findings};
use crate::mixed::journal::Outcome;
use crate::mixed::ledger::Delivery;
use crate::mixed::workload::feedback::{Batch, Record};

const SUCCESS: &str = "Success";

/// An acknowledged message comes to the device, first deliveries are in order, and its sender is told
/// once that it was completed. One that was refused does not come; one whose outcome is unknown comes
/// and is told of, or neither.
pub(super) fn check(facts: &Facts<'_>, findings: &mut Findings) {
    let ledger = facts.ledger;
    let sent = ledger.sent.lock();
    let mut delivered: BTreeMap<&str, Vec<&Delivery>> = BTreeMap::new();
    for delivery in &sent.messages {
        delivered.entry(&delivery.id).or_default().push(delivery);
    }
    let told = told(ledger.device.as_str(), facts.batches, &mut findings.broken);
    let mut known = BTreeSet::new();
    for attempt in ledger.messages.attempts().iter() {
        let id = attempt.asked.as_str();
        known.insert(id.to_owned());
        let came = delivered.get(id).map_or(0, Vec::len);
        let ends = told.get(id).map(Vec::as_slice).unwrap_or_default();
        let broken = match &attempt.outcome {
            Outcome::Acked(_) if came == 0 => Some("was acknowledged and never came"),
            Outcome::Acked(_) if ends.is_empty() => Some("was acknowledged and nothing told of it"),
            Outcome::Refused(_) if came + ends.len() > 0 => Some("was refused and came"),
            Outcome::Unknown(_) if (came == 0) != ends.is_empty() => {
                Some("came and nothing told of it, or the other way round")
            }
            _ => None,
        };
        let broken = broken.or((ends.len() > 1).then_some("came to an end twice"));
        let odd = ends.iter().any(|end| end.status != SUCCESS);
        if let Some(what) = broken.or(odd.then_some("did not come to a good end")) {
            let outcome = &attempt.outcome;
            findings
                .broken
                .push(format!("message {id} {what}: {outcome:?}, {ends:?}"));
        }
        findings.evidence.feedback += ends.len() as u64;
        findings.evidence.redelivered += came.saturating_sub(1) as u64;
    }
    for id in delivered.keys().filter(|id| !known.contains(**id)) {
        findings
            .broken
            .push(format!("message {id} came, which nobody sent"));
    }
    let again = delivered
        .values()
        .filter(|all| twice_on_one_connection(all));
    findings.evidence.repeated += again.count() as u64;
    in_order(facts, &sent.messages, findings);
}

/// The different ends that senders were told of, by message.
fn told(
    device: &str,
    batches: &[Batch],
    broken: &mut Vec<String>,
) -> BTreeMap<String, Vec<Record>> {
    let mut told: BTreeMap<String, Vec<Record>> = BTreeMap::new();
    let mut done = BTreeSet::new();
    for batch in batches {
        let about = batch
            .records
            .iter()
            .filter(|record| record.device == device);
        let mut here = BTreeSet::new();
        for record in about {
            if done.contains(record) {
                broken.push(format!("{record:?} was told again after it was completed"));
            }
            if !here.insert(record) {
                broken.push(format!("{record:?} stands in one batch twice"));
            }
            let ends = told.entry(record.message.clone()).or_default();
            if !ends.contains(record) {
                ends.push(record.clone());
            }
        }
        if batch.completed {
            done.extend(here);
        }
    }
    told
}

fn twice_on_one_connection(deliveries: &[&Delivery]) -> bool {
    let connections: BTreeSet<usize> = deliveries.iter().map(|one| one.connection).collect();
    connections.len() < deliveries.len()
}

/// Messages come for the first time in the order in which they were taken.
fn in_order(facts: &Facts<'_>, deliveries: &[Delivery], findings: &mut Findings) {
    let attempts = facts.ledger.messages.attempts();
    let places = attempts
        .iter()
        .enumerate()
        .map(|(place, one)| (one.asked.as_str(), place));
    let places: BTreeMap<&str, usize> = places.collect();
    let mut seen = BTreeSet::new();
    let first = deliveries
        .iter()
        .filter(|delivery| seen.insert(delivery.id.as_str()));
    let order: Vec<(usize, &str)> = first
        .filter_map(|one| Some((*places.get(one.id.as_str())?, one.id.as_str())))
        .collect();
    if let Some(pair) = order.windows(2).find(|pair| pair[0].0 > pair[1].0) {
        let what = format!(
            "message {} came before {} for the first time",
            pair[0].1, pair[1].1
        );
        findings.broken.push(what);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(message: &str, at: &str) -> Record {
        Record {
            device: "d".to_owned(),
            message: message.to_owned(),
            status: SUCCESS.to_owned(),
            at: at.to_owned(),
        }
    }

    fn batch(records: &[(&str, &str)], completed: bool) -> Batch {
        let records = records.iter().map(|(message, at)| record(message, at));
        Batch {
            records: records.collect(),
            completed,
        }
    }

    #[test]
    fn feedback_comes_again_only_when_nobody_said_that_it_was_read() {
        let mut broken = Vec::new();
        let again = [batch(&[("a", "1")], false), batch(&[("a", "1")], true)];
        let ends = told("d", &again, &mut broken);
        assert_eq!((ends["a"].len(), broken.len()), (1, 0));
        let completed = [batch(&[("a", "1")], true), batch(&[("a", "1")], true)];
        told("d", &completed, &mut broken);
        assert_eq!(broken.len(), 1);
        told("d", &[batch(&[("a", "1"), ("a", "1")], true)], &mut broken);
        assert_eq!(broken.len(), 2);
    }

    #[test]
    fn a_message_that_was_settled_twice_has_two_ends() {
        let twice = [batch(&[("a", "1")], true), batch(&[("a", "2")], true)];
        let ends = told("d", &twice, &mut Vec::new());
        assert_eq!(ends["a"], [record("a", "1"), record("a", "2")]);
        assert!(told("e", &twice, &mut Vec::new()).is_empty());
    }

    #[test]
    fn a_message_that_comes_twice_on_one_connection_is_counted() {
        let delivery = |connection| Delivery {
            id: "a".to_owned(),
            connection,
        };
        let (first, second) = (delivery(0), delivery(1));
        assert!(!twice_on_one_connection(&[&first, &second]));
        assert!(twice_on_one_connection(&[&first, &second, &second]));
    }
}
