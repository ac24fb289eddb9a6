//! Everything that was done and attempted, a line of JSON each, by milliseconds since the run began.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use anyhow::Context;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::strike::{Hold, Strike};
use crate::load::Journal;
use crate::mixed::Operation;

/// The file of one run. Faults are written as they happen, what clients did in the end.
#[derive(Debug)]
pub(super) struct History {
    file: BufWriter<File>,
    begin: Instant,
}

impl History {
    /// An empty file.
    ///
    /// # Errors
    /// It cannot be made.
    pub(super) fn create(path: &Path, begin: Instant) -> anyhow::Result<Self> {
        let file = File::create(path).with_context(|| format!("cannot make {}", path.display()))?;
        let file = BufWriter::new(file);
        Ok(Self { file, begin })
    }

    /// A fault that came and went.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(super) fn strike(&mut self, strike: &Strike) -> anyhow::Result<()> {
        let (outcome, why) = match &strike.hold {
            Hold::Installed => ("installed", ""),
            Hold::Skipped(why) => ("skipped", why.as_str()),
            Hold::Indeterminate(why) => ("indeterminate", why.as_str()),
        };
        let line = json!({
            "kind": "fault",
            "fault": strike.fault.name(),
            "places": strike.places,
            "begun": self.at(strike.begun),
            "ended": self.at(strike.ended),
            "healed": self.at(strike.healed),
            "outcome": outcome,
            "why": why,
            "note": strike.note,
        });
        self.line(&line)?;
        Ok(self.file.flush()?)
    }

    /// What a device or one of its back ends attempted.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(super) fn operation(&mut self, operation: &Operation) -> anyhow::Result<()> {
        let line = json!({
            "kind": operation.kind,
            "device": operation.device,
            "begun": self.at(operation.begun),
            "ended": self.at(operation.ended),
            "outcome": operation.outcome,
            "why": operation.why,
        });
        self.line(&line)
    }

    /// Telemetry of one device: every acknowledgement, and every connection.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(super) fn telemetry(&mut self, journal: &Journal) -> anyhow::Result<()> {
        let device = journal.device.as_str();
        for connection in &journal.connections {
            let line = json!({
                "kind": "connection",
                "device": device,
                "place": connection.node,
                "begun": self.at(connection.since),
                "ended": connection.broken.as_ref().map(|(at, _)| self.at(*at)),
                "sent": connection.sent,
                "acknowledged": connection.acked,
                "why": connection.broken.as_ref().map(|(_, why)| why),
            });
            self.line(&line)?;
        }
        for (number, at) in journal.acks.iter().enumerate() {
            let line = json!({
                "kind": "telemetry",
                "device": device,
                "number": number,
                "ended": self.at(*at),
                "outcome": "acknowledged",
            });
            self.line(&line)?;
        }
        Ok(())
    }

    /// Everything is in the file.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(super) fn end(mut self) -> anyhow::Result<()> {
        Ok(self.file.flush()?)
    }

    fn line(&mut self, line: &Value) -> anyhow::Result<()> {
        Ok(writeln!(self.file, "{line}")?)
    }

    fn at(&self, moment: Instant) -> u64 {
        let since = moment.saturating_duration_since(self.begin);
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    }
}
