use std::fmt;

use crate::load::{Findings, Journal, Stalls};

use super::phase::{Phase, Span};

/// The whole story.
#[derive(Debug, Clone)]
pub struct Report {
    pub phases: Vec<Phase>,
    pub findings: Findings,
}

impl Report {
    pub(super) fn new(spans: &[Span], journals: &[Journal], findings: Findings) -> Self {
        let phases = spans
            .iter()
            .map(|span| Phase::new(span, journals))
            .collect();
        Self { phases, findings }
    }

    /// Every broken promise in words; empty when all were kept.
    pub fn broken_promises(&self) -> Vec<String> {
        let mut broken = self.findings.broken.clone();
        for phase in &self.phases {
            let Stalls {
                longest, device, ..
            } = &phase.stalls;
            if *longest >= Stalls::LIMIT {
                let stall = longest.as_millis();
                broken.push(format!("{}: {device} stalled for {stall} ms", phase.name));
            }
            let dropped = phase.dropped.iter();
            broken.extend(dropped.map(|dropped| format!("{}: {dropped}", phase.name)));
        }
        broken
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "\nphase                              seconds  longest (median) pause  dropped"
        )?;
        for phase in &self.phases {
            let Phase {
                name,
                duration,
                stalls,
                dropped,
                note,
            } = phase;
            let (longest, median) = (stalls.longest.as_millis(), stalls.median.as_millis());
            let (seconds, dropped) = (duration.as_secs_f64(), dropped.len());
            writeln!(
                f,
                "{name:<35} {seconds:>6.1}  {longest:>9} ({median:>4}) ms  {dropped:>10}  {note}"
            )?;
        }
        let Findings {
            acked,
            stored,
            sent_again,
            broken,
        } = &self.findings;
        writeln!(
            f,
            "{acked} messages acknowledged, {stored} stored, {sent_again} of them sent again"
        )?;
        write!(f, "messages lost or out of order: {}", broken.len())
    }
}
