use std::collections::BTreeMap;

use super::{Facts, Findings};
use crate::mixed::journal::Outcome;

/// A device runs what it was called for once at most: once if its answer arrived, not at all if the
/// call was refused.
pub(super) fn check(facts: &Facts<'_>, findings: &mut Findings) {
    let sent = facts.ledger.sent.lock();
    let mut runs: BTreeMap<&str, usize> = BTreeMap::new();
    for id in &sent.runs {
        *runs.entry(id).or_default() += 1;
    }
    for attempt in facts.ledger.methods.attempts().iter() {
        let id = attempt.asked.as_str();
        let count = runs.remove(id).unwrap_or_default();
        let broken = match &attempt.outcome {
            _ if count > 1 => true,
            Outcome::Acked(answer) => count != 1 || answer.as_str() != Some(id),
            Outcome::Refused(_) => count > 0,
            Outcome::Unknown(_) => false,
        };
        if broken {
            let outcome = &attempt.outcome;
            findings
                .broken
                .push(format!("method {id} ran {count} times: {outcome:?}"));
        }
        findings.evidence.runs += count as u64;
    }
    for (id, count) in runs {
        findings.broken.push(format!(
            "method {id} ran {count} times, and nobody called it"
        ));
    }
}
