use std::fmt;
use std::time::Duration;

use tokio::time::Instant;

use super::invariant::{self, Facts};
use super::journal::Tally;
use super::nemesis::Hit;
use crate::load::Findings;

const HEADER: &str =
    "workload                attempts     acked   refused   unknown   longest pause";

/// When connections to a node may break.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Excuse {
    pub(crate) node: u64,
    pub(crate) from: Instant,
    pub(crate) to: Instant,
}

/// The whole story.
#[derive(Debug)]
pub struct Report {
    /// How long everybody worked.
    pub duration: Duration,
    pub hits: Vec<Hit>,
    /// Attempts by kind of work.
    pub tallies: Vec<(&'static str, Tally)>,
    /// What the invariants have looked at.
    pub evidence: Evidence,
    /// Telemetry in the background.
    pub telemetry: Findings,
    excuses: Vec<Excuse>,
    broken: Vec<String>,
}

/// How much of everything the invariants have looked at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Evidence {
    /// Changes of twins in the event stream.
    pub changes: u64,
    /// Acknowledged writes that were found there.
    pub writes: u64,
    /// Writes without an acknowledgement that were found there.
    pub unknown_done: u64,
    /// Versions that somebody was told.
    pub versions: u64,
    /// Acknowledged writes with a tag.
    pub swaps: u64,
    /// Notifications of desired properties.
    pub notices: u64,
    /// Connections of devices that broke.
    pub broken_connections: u64,
    /// Messages whose senders were told of their end.
    pub feedback: u64,
    /// Deliveries of a message behind its first one.
    pub redelivered: u64,
    /// Messages that came twice on one connection.
    pub repeated: u64,
    /// Methods that devices have run.
    pub runs: u64,
}

impl Report {
    pub(super) fn new(
        duration: Duration,
        hits: Vec<Hit>,
        excuses: Vec<Excuse>,
        telemetry: Findings,
        broken: Vec<String>,
    ) -> Self {
        Self {
            duration,
            hits,
            tallies: Vec::new(),
            evidence: Evidence::default(),
            telemetry,
            excuses,
            broken,
        }
    }

    /// Adds what is known of one device.
    pub(super) fn add(&mut self, facts: &Facts<'_>) {
        let findings = invariant::check(facts);
        self.broken.extend(findings.broken);
        self.evidence = self.evidence.and(findings.evidence);
        let tallies = facts.ledger.tallies();
        if self.tallies.is_empty() {
            self.tallies = tallies.map(|(name, _)| (name, Tally::default())).into();
        }
        for ((_, sum), (_, tally)) in self.tallies.iter_mut().zip(tallies) {
            *sum = sum.and(tally);
        }
        self.dropped(facts);
    }

    /// A device's connection lives as long as the node at its other end.
    fn dropped(&mut self, facts: &Facts<'_>) {
        let sent = facts.ledger.sent.lock();
        let breaks = sent.connections.iter().filter_map(|one| {
            let (at, why) = one.broken.as_ref()?;
            Some((one.node, *at, why))
        });
        for (node, at, why) in breaks {
            if !self.excuses.iter().any(|excuse| excuse.covers(node, at)) {
                let device = &facts.ledger.device;
                let what = format!("{device}: its connection to node {node} broke: {why}");
                self.broken.push(what);
            }
        }
    }

    /// Every broken promise in words; empty when all were kept.
    pub fn broken_promises(&self) -> &[String] {
        &self.broken
    }

    /// Attempts of one kind.
    pub fn tally(&self, name: &str) -> Tally {
        let mut tallies = self.tallies.iter();
        let found = tallies.find(|(found, _)| *found == name);
        found.map(|(_, tally)| *tally).unwrap_or_default()
    }
}

impl Excuse {
    pub(crate) fn covers(&self, node: u64, at: Instant) -> bool {
        self.node == node && (self.from..=self.to).contains(&at)
    }
}

impl Evidence {
    /// Both together.
    fn and(self, other: Self) -> Self {
        Self {
            changes: self.changes + other.changes,
            writes: self.writes + other.writes,
            unknown_done: self.unknown_done + other.unknown_done,
            versions: self.versions + other.versions,
            swaps: self.swaps + other.swaps,
            notices: self.notices + other.notices,
            broken_connections: self.broken_connections + other.broken_connections,
            feedback: self.feedback + other.feedback,
            redelivered: self.redelivered + other.redelivered,
            repeated: self.repeated + other.repeated,
            runs: self.runs + other.runs,
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEADER}")?;
        for (name, tally) in &self.tallies {
            let Tally {
                attempts,
                acked,
                refused,
                unknown,
                stall,
            } = tally;
            let stall = stall.as_millis();
            write!(
                f,
                "{name:<22} {attempts:>9} {acked:>9} {refused:>9} {unknown:>9}"
            )?;
            writeln!(f, "   {stall:>10} ms")?;
        }
        let seconds = self.duration.as_secs_f64();
        let breaks = self.evidence.broken_connections;
        writeln!(
            f,
            "{seconds:.0} s of work; connections of devices that broke: {breaks}"
        )?;
        let Evidence {
            changes,
            writes,
            unknown_done,
            versions,
            notices,
            feedback,
            redelivered,
            repeated,
            runs,
            ..
        } = self.evidence;
        writeln!(
            f,
            "{changes} changes of twins: {writes} acknowledged, {unknown_done} done without"
        )?;
        writeln!(
            f,
            "{versions} versions read or made; {notices} notifications of desired properties"
        )?;
        write!(
            f,
            "{feedback} messages settled; delivered again: {redelivered}"
        )?;
        writeln!(f, ", on the same connection: {repeated}")?;
        writeln!(f, "{runs} methods run")?;
        let Findings {
            acked,
            stored,
            sent_again,
            ..
        } = &self.telemetry;
        writeln!(
            f,
            "telemetry: {acked} acknowledged, {stored} stored, {sent_again} of them again"
        )?;
        write!(f, "broken promises: {}", self.broken.len())
    }
}

impl fmt::Display for Hit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { victim, led, .. } = self;
        let elected = (self.elected - self.killed).as_millis();
        let recovery = (self.end - self.restarted).as_secs_f64();
        write!(
            f,
            "killed node {victim}, which led {led} partitions; others led after {elected} ms, "
        )?;
        write!(f, "all was as before {recovery:.1} s after its restart")
    }
}
