use std::collections::BTreeMap;

use super::{Facts, Findings};
use crate::mixed::history::Section;
use crate::mixed::journal::Journal;
use crate::mixed::ledger::{Mark, Swap};

/// The versions that each write led to.
type Made = BTreeMap<Mark, Vec<u64>>;

/// An acknowledged write made the version that its acknowledgement named. No write was done twice, and
/// none that was refused was done at all.
pub(super) fn check(facts: &Facts<'_>, findings: &mut Findings) {
    let (ledger, history) = (facts.ledger, facts.history);
    let desired = made(history.desired());
    for journal in &ledger.desired {
        compare(
            journal,
            Mark::clone,
            |seen| seen.desired,
            &desired,
            findings,
        );
    }
    for journal in &ledger.swaps {
        let mark = |swap: &Swap| swap.mark.clone();
        compare(journal, mark, |seen| seen.desired, &desired, findings);
    }
    let reported = made(history.reported());
    let mark = |number: &u64| Mark {
        key: "count".to_owned(),
        number: *number,
    };
    compare(
        &ledger.reports,
        mark,
        |version| *version,
        &reported,
        findings,
    );
}

/// Each number in a change is a mark; only its writer's key has a number that no other write has.
fn made<'a>(sections: impl Iterator<Item = &'a Section>) -> Made {
    let mut made = Made::new();
    for section in sections {
        for (key, number) in &section.patch {
            let Some(number) = number.as_u64() else {
                continue;
            };
            let mark = Mark {
                key: key.clone(),
                number,
            };
            made.entry(mark).or_default().push(section.version);
        }
    }
    made
}

fn compare<Q, A>(
    journal: &Journal<Q, A>,
    mark: impl Fn(&Q) -> Mark,
    version: impl Fn(&A) -> u64,
    made: &Made,
    findings: &mut Findings,
) {
    for attempt in journal.attempts().iter() {
        let mark = mark(&attempt.asked);
        let made = made.get(&mark).map(Vec::as_slice).unwrap_or_default();
        if made.len() > 1 {
            let what = format!("{mark:?} was written more than once: versions {made:?}");
            findings.broken.push(what);
        }
        if attempt.is_refused() && !made.is_empty() {
            let what = format!("{mark:?} was refused ({:?}) and written", attempt.why());
            findings.broken.push(what);
        }
        match attempt.acked().map(&version) {
            Some(acked) if !made.contains(&acked) => findings.broken.push(format!(
                "{mark:?} was acknowledged as version {acked}, but made {made:?}"
            )),
            Some(_) => findings.evidence.writes += 1,
            None if attempt.why().is_some() && !made.is_empty() => {
                findings.evidence.unknown_done += 1;
            }
            None => {}
        }
    }
}
