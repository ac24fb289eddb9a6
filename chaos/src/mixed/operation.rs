//! What was attempted, without what matters to the invariants only.

use tokio::time::Instant;

use super::journal::{Journal, Outcome};
use super::ledger::{Connection, Ledger};

/// One attempt of a device or one of its back ends.
#[derive(Debug)]
pub(crate) struct Operation {
    pub(crate) device: String,
    pub(crate) kind: &'static str,
    pub(crate) begun: Instant,
    pub(crate) ended: Instant,
    pub(crate) outcome: &'static str,
    /// Why it was not acknowledged; empty if it was.
    pub(crate) why: String,
}

impl Ledger {
    /// Everything that was attempted, and every connection that broke.
    pub(super) fn operations(&self) -> Vec<Operation> {
        let device = self.device.as_str();
        let mut all = Vec::new();
        add(device, "report", &self.reports, &mut all);
        for journal in &self.desired {
            add(device, "desired", journal, &mut all);
        }
        for journal in &self.swaps {
            add(device, "desired-if-match", journal, &mut all);
        }
        add(device, "read", &self.reads, &mut all);
        add(device, "message", &self.messages, &mut all);
        add(device, "method", &self.methods, &mut all);
        let breaks = self.sent.lock();
        all.extend(
            breaks
                .connections
                .iter()
                .filter_map(|one| broke(device, one)),
        );
        all
    }
}

fn add<Q, A>(device: &str, kind: &'static str, journal: &Journal<Q, A>, all: &mut Vec<Operation>) {
    for attempt in journal.attempts().iter() {
        let outcome = match attempt.outcome {
            Outcome::Acked(_) => "acknowledged",
            Outcome::Refused(_) => "refused",
            Outcome::Unknown(_) => "unknown",
        };
        all.push(Operation {
            device: device.to_owned(),
            kind,
            begun: attempt.begun,
            ended: attempt.ended,
            outcome,
            why: attempt.why().unwrap_or_default().to_owned(),
        });
    }
}

fn broke(device: &str, connection: &Connection) -> Option<Operation> {
    let (at, why) = connection.broken.as_ref()?;
    Some(Operation {
        device: device.to_owned(),
        kind: "connection",
        begun: *at,
        ended: *at,
        outcome: "broken",
        why: format!("to node {}: {why}", connection.node),
    })
}
