use std::fmt;
use std::time::Duration;

use crate::load::{Findings, Journal, Stalls};

use super::hit::Hit;
use super::round::Round;

const HEADER: &str = "
                  longest (median) pause of devices at survivors
round victim led        after the kill    after the restart   dropped   recovery";

/// The whole story.
#[derive(Debug, Clone)]
pub struct Report {
    /// How long devices published.
    pub load: Duration,
    pub rounds: Vec<Round>,
    pub findings: Findings,
}

impl Report {
    pub(super) fn new(
        load: Duration,
        hits: &[Hit],
        journals: &[Journal],
        findings: Findings,
    ) -> Self {
        let rounds = hits.iter().map(|hit| Round::new(hit, journals)).collect();
        Self {
            load,
            rounds,
            findings,
        }
    }

    /// Every broken promise in words; empty when all were kept.
    pub fn broken_promises(&self) -> Vec<String> {
        let mut broken = self.findings.broken.clone();
        for (number, round) in (1..).zip(&self.rounds) {
            for (when, stalls) in [
                ("kill", &round.after_kill),
                ("restart", &round.after_restart),
            ] {
                if stalls.longest >= Stalls::LIMIT {
                    let (stall, device) = (stalls.longest.as_millis(), &stalls.device);
                    let what = format!("{device}, at a survivor, stalled for {stall} ms");
                    broken.push(format!("round {number}, after the {when}: {what}"));
                }
            }
            for dropped in &round.dropped {
                broken.push(format!(
                    "round {number}: a survivor's connection broke: {dropped}"
                ));
            }
        }
        broken
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEADER}")?;
        for (number, round) in (1..).zip(&self.rounds) {
            let Round {
                victim,
                led,
                after_kill,
                after_restart,
                dropped,
                recovery,
            } = round;
            write!(f, "{number:>5} {victim:>6} {led:>3}")?;
            for stalls in [after_kill, after_restart] {
                let (longest, median) = (stalls.longest.as_millis(), stalls.median.as_millis());
                write!(f, "  {longest:>7} ({median:>5}) ms")?;
            }
            writeln!(
                f,
                "   {:>7} {:>8.1} s",
                dropped.len(),
                recovery.as_secs_f64()
            )?;
        }
        let worst = self
            .rounds
            .iter()
            .map(Round::longest_stall)
            .max()
            .unwrap_or_default();
        let Findings {
            acked,
            stored,
            sent_again,
            broken,
        } = &self.findings;
        let seconds = self.load.as_secs_f64();
        #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
        let rate = *acked as f64 / seconds;
        writeln!(
            f,
            "{acked} messages acknowledged in {seconds:.0} s ({rate:.0}/s)"
        )?;
        writeln!(
            f,
            "{stored} stored, {sent_again} of them sent again after a reconnect"
        )?;
        writeln!(
            f,
            "longest pause of a device at a surviving node: {} ms",
            worst.as_millis()
        )?;
        write!(f, "messages lost or out of order: {}", broken.len())
    }
}
