//! How long devices waited, and which lost their connections, by what was done meanwhile.

use std::fmt;
use std::time::Duration;

use super::Fault;
use super::strike::{Hold, Strike};
use crate::load::{Journal, Stalls};

/// The faults that devices should hardly notice, and for how long.
const GOALS: [(Fault, Duration); 4] = [
    (Fault::Kill, Duration::from_millis(500)),
    (Fault::Pause, Duration::from_secs(2)),
    (Fault::IsolatedLeader, Duration::from_secs(2)),
    (Fault::RollingRestart, Duration::from_millis(500)),
];

/// What devices saw of one fault, from its beginning until all was as before.
#[derive(Debug, Clone)]
pub struct Glimpse {
    pub fault: Fault,
    /// The longest pauses between two acknowledgements of devices at nodes that were not hit; of all
    /// devices when every node was.
    pub others: Stalls,
    /// The same of devices at nodes that were hit.
    pub hit: Stalls,
    /// Connections to other nodes that broke, with their reasons.
    pub dropped: Vec<String>,
}

/// All of a run.
#[derive(Debug, Clone, Default)]
pub struct Availability {
    pub glimpses: Vec<Glimpse>,
}

impl Availability {
    pub(super) fn of(strikes: &[Strike], journals: &[Journal]) -> Self {
        let took_hold = strikes
            .iter()
            .filter(|strike| !matches!(strike.hold, Hold::Skipped(_)));
        Self {
            glimpses: took_hold.map(|strike| glimpse(strike, journals)).collect(),
        }
    }

    /// The longest pause under a kind of fault, if there was one.
    pub fn longest(&self, fault: Fault) -> Option<Duration> {
        let of_it = self.glimpses.iter().filter(|one| one.fault == fault);
        of_it.map(|one| one.others.longest).max()
    }

    /// Connections to nodes that were not hit that broke.
    pub fn dropped(&self) -> Vec<String> {
        let all = self.glimpses.iter();
        all.flat_map(|one| {
            let of = |why: &String| format!("during {}: {why}", one.fault);
            one.dropped.iter().map(of)
        })
        .collect()
    }
}

fn glimpse(strike: &Strike, journals: &[Journal]) -> Glimpse {
    let was_hit = |journal: &&Journal| {
        let at = journal.node_at(strike.begun);
        at.is_some_and(|node| strike.places.contains(&node))
    };
    let (hit, mut others): (Vec<&Journal>, Vec<&Journal>) = journals.iter().partition(was_hit);
    if others.is_empty() {
        others.clone_from(&hit);
    }
    let between = |some: &[&Journal]| Stalls::between(strike.begun, strike.healed, some);
    let breaks = journals.iter().flat_map(|journal| {
        let breaks = journal.connections.iter().filter_map(|connection| {
            let (at, why) = connection.broken.as_ref()?;
            Some((connection.node, *at, why))
        });
        let elsewhere = breaks.filter(|(node, at, _)| {
            !strike.places.contains(node) && (strike.begun..=strike.healed).contains(at)
        });
        elsewhere.map(|(node, _, why)| format!("{} at node {node}: {why}", journal.device))
    });
    Glimpse {
        fault: strike.fault,
        others: between(&others),
        hit: between(&hit),
        dropped: breaks.collect(),
    }
}

impl fmt::Display for Availability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (fault, goal) in GOALS {
            let Some(longest) = self.longest(fault) else {
                continue;
            };
            let verdict = if longest <= goal { "reached" } else { "MISSED" };
            writeln!(
                f,
                "longest pause after {fault}: {} ms (goal {} ms: {verdict})",
                longest.as_millis(),
                goal.as_millis()
            )?;
        }
        let dropped = self.dropped().len();
        let verdict = if dropped == 0 { "reached" } else { "MISSED" };
        write!(
            f,
            "connections to nodes that were not hit that broke: {dropped} (goal 0: {verdict})"
        )
    }
}
