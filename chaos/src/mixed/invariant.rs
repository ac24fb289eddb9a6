//! What must hold, one promise per file. Each looks at all that is known of one device, and tells what
//! is broken in words.

mod acked;
mod feed;
mod history;
mod message;
mod method;
mod refusal;
mod swap;
mod version;

use serde_json::Value;

use super::history::History;
use super::ledger::Ledger;
use super::report::Evidence;
use super::workload::feedback::Batch;

/// All that is known of one device.
#[derive(Debug)]
pub(super) struct Facts<'a> {
    pub(super) ledger: &'a Ledger,
    pub(super) history: &'a History,
    /// Its twin in the end, as each node tells it.
    pub(super) twins: &'a [Value],
    /// Feedback about messages to all devices.
    pub(super) batches: &'a [Batch],
}

/// What a device's invariants have found.
#[derive(Debug, Default)]
pub(super) struct Findings {
    pub(super) broken: Vec<String>,
    pub(super) evidence: Evidence,
}

/// Holds every promise against a device.
pub(super) fn check(facts: &Facts<'_>) -> Findings {
    let mut findings = Findings::default();
    for invariant in [
        history::check,
        acked::check,
        version::check,
        swap::check,
        feed::check,
        message::check,
        method::check,
        refusal::check,
    ] {
        invariant(facts, &mut findings);
    }
    let device = &facts.ledger.device;
    for broken in &mut findings.broken {
        *broken = format!("{device}: {broken}");
    }
    findings
}
