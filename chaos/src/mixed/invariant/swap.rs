use std::collections::BTreeSet;

use super::{Facts, Findings};
use crate::mixed::workload::swap::SHARED;

/// A tag lets one write through at most, so that nobody's count is lost: the shared property was
/// counted up by one each time, and by nobody without saying so.
pub(super) fn check(facts: &Facts<'_>, findings: &mut Findings) {
    let mut tags = BTreeSet::new();
    let (mut acked, mut unknown) = (0, 0);
    for journal in &facts.ledger.swaps {
        for attempt in journal.attempts().iter() {
            if attempt.acked().is_some() {
                acked += 1;
                if !tags.insert(attempt.asked.etag.clone()) {
                    let tag = &attempt.asked.etag;
                    findings
                        .broken
                        .push(format!("tag {tag} let two writes through"));
                }
            } else if !attempt.is_refused() {
                unknown += 1;
            }
        }
    }
    let counts = facts.history.desired();
    let counts = counts.filter_map(|section| section.patch.get(SHARED)?.as_u64());
    let counts: Vec<u64> = counts.collect();
    if let Some((expected, found)) = (1..)
        .zip(&counts)
        .find(|(expected, found)| expected != *found)
    {
        let what = format!("the shared count went to {found} instead of {expected}");
        findings.broken.push(what);
    }
    let done = counts.len() as u64;
    if !(acked..=acked + unknown).contains(&done) {
        let what = format!("{done} swaps were done, {acked} acknowledged, {unknown} unknown");
        findings.broken.push(what);
    }
    findings.evidence.swaps += acked;
}
