use tokio::time::Instant;

use super::{Facts, Findings};
use crate::mixed::journal::Attempt;
use crate::mixed::ledger::Seen;

/// A version that somebody was told of, and when.
#[derive(Debug, Clone, Copy)]
struct Told {
    begun: Instant,
    ended: Instant,
    version: u64,
    /// Whoever was told has made this version.
    write: bool,
}

/// Whoever begins after another was told of a version reads that one or a later one, and whoever
/// writes makes a later one: versions never go back, whatever node is asked.
pub(super) fn check(facts: &Facts<'_>, findings: &mut Findings) {
    let ledger = facts.ledger;
    let (mut desired, mut reported, mut whole) = (Vec::new(), Vec::new(), Vec::new());
    let mut add = |attempt: (Instant, Instant), seen: &Seen, write: bool| {
        let (begun, ended) = attempt;
        let told = |version, write| Told {
            begun,
            ended,
            version,
            write,
        };
        desired.push(told(seen.desired, write));
        reported.push(told(seen.reported, false));
        whole.extend(seen.version.map(|version| told(version, write)));
    };
    for attempt in ledger.reads.attempts().iter() {
        if let Some((when, seen)) = acked(attempt) {
            add(when, seen, false);
        }
    }
    for journal in &ledger.desired {
        let attempts = journal.attempts();
        attempts
            .iter()
            .filter_map(acked)
            .for_each(|(when, seen)| add(when, seen, true));
    }
    for journal in &ledger.swaps {
        let attempts = journal.attempts();
        attempts
            .iter()
            .filter_map(acked)
            .for_each(|(when, seen)| add(when, seen, true));
    }
    for attempt in ledger.reports.attempts().iter() {
        if let Some(((begun, ended), version)) = acked(attempt) {
            reported.push(Told {
                begun,
                ended,
                version: *version,
                write: true,
            });
        }
    }
    for (name, told) in [
        ("desired", desired),
        ("reported", reported),
        ("the twin", whole),
    ] {
        findings.evidence.versions += told.len() as u64;
        findings.broken.extend(first_step_back(name, told));
    }
}

fn acked<Q, A>(attempt: &Attempt<Q, A>) -> Option<((Instant, Instant), &A)> {
    Some(((attempt.begun, attempt.ended), attempt.acked()?))
}

/// The first one who was told less than another before.
fn first_step_back(name: &str, told: Vec<Told>) -> Option<String> {
    let (mut by_begin, mut by_end) = (told.clone(), told);
    by_begin.sort_unstable_by_key(|told| told.begun);
    by_end.sort_unstable_by_key(|told| told.ended);
    let mut ended = by_end.into_iter().peekable();
    let mut newest = 0;
    for told in by_begin {
        while let Some(before) = ended.next_if(|before| before.ended < told.begun) {
            newest = newest.max(before.version);
        }
        let what = if told.write { "wrote" } else { "read" };
        if told.version < newest || (told.write && told.version == newest) {
            let version = told.version;
            return Some(format!(
                "{name}: {what} version {version} after {newest} was known"
            ));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn told(times: &[(u64, u64, u64, bool)]) -> Vec<Told> {
        let zero = Instant::now();
        let at = |millis| zero + Duration::from_millis(millis);
        let told = |(begun, ended, version, write): &(u64, u64, u64, bool)| Told {
            begun: at(*begun),
            ended: at(*ended),
            version: *version,
            write: *write,
        };
        times.iter().map(told).collect()
    }

    #[test]
    fn only_who_begins_after_the_other_ended_must_know_what_it_knew() {
        let fine = [
            (0, 10, 3, true),
            (5, 20, 2, false),
            (11, 20, 3, false),
            (12, 30, 4, true),
        ];
        assert_eq!(first_step_back("x", told(&fine)), None);
        let stale = [(0, 10, 3, true), (11, 20, 2, false)];
        assert!(first_step_back("x", told(&stale)).is_some());
        let same = [(0, 10, 3, true), (11, 20, 3, true)];
        assert!(first_step_back("x", told(&same)).is_some());
    }
}
