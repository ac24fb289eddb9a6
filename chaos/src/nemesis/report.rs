mod markdown;
mod timeline;

use std::fmt;
use std::fs;
use std::path::Path;

use anyhow::Context;
use tokio::time::Instant;

use super::availability::Availability;
use super::strike::{Hold, Strike};
use super::{Fault, Plan};
use crate::mixed::{self, Done};
use timeline::Timeline;

/// The whole story.
#[derive(Debug)]
pub struct Report {
    pub strikes: Vec<Strike>,
    pub availability: Availability,
    /// What everybody's work has shown; nothing if it could not be brought to its end.
    pub work: Option<mixed::Report>,
    /// What was missing on this machine.
    pub limits: Vec<String>,
    required: Vec<Fault>,
    broken: Vec<String>,
    timeline: Timeline,
}

impl Report {
    pub(super) fn new(
        plan: &Plan,
        begin: Instant,
        strikes: Vec<Strike>,
        limits: Vec<String>,
        done: Option<Done>,
        broken: Vec<String>,
    ) -> Self {
        let (journals, operations, work) = match done {
            Some(done) => (done.journals, done.operations, Some(done.report)),
            None => (Vec::new(), Vec::new(), None),
        };
        Self {
            availability: Availability::of(&strikes, &journals),
            timeline: Timeline::new(begin, &strikes, &journals, &operations),
            strikes,
            work,
            limits,
            required: plan.required.clone(),
            broken,
        }
    }

    /// Required faults that were not seen to take hold.
    pub fn missing(&self) -> Vec<Fault> {
        let took_hold = |fault: &&Fault| {
            let mut strikes = self.strikes.iter();
            strikes.any(|strike| strike.fault == **fault && strike.hold == Hold::Installed)
        };
        let required = self.required.iter();
        required
            .filter(|fault| !took_hold(fault))
            .copied()
            .collect()
    }

    /// Every broken promise in words; empty when all were kept and every required fault took hold.
    pub fn broken_promises(&self) -> Vec<String> {
        let mut broken = self.broken.clone();
        if let Some(work) = &self.work {
            broken.extend(work.broken_promises().iter().cloned());
        }
        let dropped = self.availability.dropped();
        broken.extend(
            dropped
                .iter()
                .map(|one| format!("a connection broke {one}")),
        );
        let missing = self.missing();
        broken.extend(
            missing
                .iter()
                .map(|fault| format!("{fault} never took hold")),
        );
        broken
    }

    /// Writes `report.md` and `timeline.svg` into a folder.
    ///
    /// # Errors
    /// They cannot be written.
    pub fn write(&self, folder: &Path) -> anyhow::Result<()> {
        let write = |name: &str, text: String| {
            let path = folder.join(name);
            fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))
        };
        write("timeline.svg", self.timeline.svg())?;
        write("report.md", markdown::render(self))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(work) = &self.work {
            writeln!(f, "{work}")?;
        }
        for limit in &self.limits {
            writeln!(f, "{limit}")?;
        }
        write!(f, "{}", self.availability)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::strike::Hit;
    use super::*;

    fn report(hold: Hold) -> Report {
        let plan = Plan {
            nodes: 3,
            devices: 1,
            publishers: 1,
            rate: 1,
            faults: vec![Fault::Kill],
            required: vec![Fault::Kill],
            time: Duration::ZERO,
            hold: Duration::ZERO,
            seed: 1,
            folder: "nowhere".into(),
            report: "nowhere".into(),
            tag: 1,
        };
        let hit = Hit {
            hold,
            ..Hit::skipped("")
        };
        let strikes = vec![Strike::new(Fault::Kill, hit)];
        Report::new(&plan, Instant::now(), strikes, Vec::new(), None, Vec::new())
    }

    #[test]
    fn a_run_whose_required_fault_never_took_hold_has_failed() {
        let not_seen = Hold::Indeterminate("not seen".to_owned());
        for hold in [Hold::Skipped("why".to_owned()), not_seen] {
            let report = report(hold);
            assert_eq!(report.missing(), [Fault::Kill]);
            assert_eq!(report.broken_promises(), ["kill never took hold"]);
        }
        assert!(report(Hold::Installed).broken_promises().is_empty());
    }

    #[test]
    fn a_page_and_a_picture_come_of_a_run_that_never_worked() {
        let report = report(Hold::Installed);
        assert!(markdown::render(&report).contains("| kill |"));
        assert!(report.timeline.svg().ends_with("</svg>\n"));
    }
}
