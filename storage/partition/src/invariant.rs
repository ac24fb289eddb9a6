//! What must hold of a partition at all times. For tests and simulations; reads every row.

mod counters;
mod events;
mod feedback;
mod indexes;
mod queues;
mod sessions;
mod twins;

use crate::error::PartitionError;
use crate::reader::Reader;

/// Something that must never be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{rule}: {detail}")]
pub struct Violation {
    /// Which rule was broken.
    pub rule: &'static str,
    /// By what.
    pub detail: String,
}

/// Checks all rules on a partition to which nothing is being applied.
///
/// # Errors
/// A database error, damaged or missing rows.
pub fn check(reader: &Reader) -> Result<Vec<Violation>, PartitionError> {
    let mut found = Findings::default();
    sessions::check(reader, &mut found)?;
    counters::check(reader, &mut found)?;
    events::check(reader, &mut found)?;
    twins::check(reader, &mut found)?;
    queues::check(reader, &mut found)?;
    feedback::check(reader, &mut found)?;
    indexes::check(reader, &mut found)?;
    Ok(found.violations)
}

#[derive(Debug, Default)]
struct Findings {
    violations: Vec<Violation>,
}

impl Findings {
    fn require(&mut self, holds: bool, rule: &'static str, detail: impl FnOnce() -> String) {
        if !holds {
            self.violations.push(Violation {
                rule,
                detail: detail(),
            });
        }
    }
}
