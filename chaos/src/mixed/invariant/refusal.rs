use super::{Facts, Findings};
use crate::mixed::journal::{Journal, NOT_SENT};

const CHANGED: &str = "412 PreconditionFailed";
const QUEUE_FULL: &str = "403 DeviceMaximumQueueDepthExceeded";
const NOT_ONLINE: &str = "404 DeviceNotOnline";

/// Nobody is refused what a hub in good order grants: a tag may be out of date, a queue full, a device
/// away, a node down.
pub(super) fn check(facts: &Facts<'_>, findings: &mut Findings) {
    let ledger = facts.ledger;
    let mut look = |name: &str, refusals: Vec<String>, allowed: &[&str]| {
        let odd = refusals
            .into_iter()
            .filter(|why| why != NOT_SENT && !allowed.contains(&why.as_str()));
        findings
            .broken
            .extend(odd.map(|why| format!("{name} was refused with {why}")));
    };
    look("a report", refusals(&ledger.reports), &[]);
    look("a read", refusals(&ledger.reads), &[]);
    for journal in &ledger.desired {
        look("a write", refusals(journal), &[]);
    }
    for journal in &ledger.swaps {
        look("a swap", refusals(journal), &[CHANGED]);
    }
    look("a message", refusals(&ledger.messages), &[QUEUE_FULL]);
    look("a method", refusals(&ledger.methods), &[NOT_ONLINE]);
}

fn refusals<Q, A>(journal: &Journal<Q, A>) -> Vec<String> {
    let attempts = journal.attempts();
    let refused = attempts.iter().filter(|attempt| attempt.is_refused());
    refused
        .filter_map(|attempt| Some(attempt.why()?.to_owned()))
        .collect()
}
