use std::fmt;
use std::time::Duration;

use tokio::time::Instant;

use super::Fault;
use crate::mixed::Excuse;

/// A connection may break a moment after what broke it.
const GRACE: Duration = Duration::from_secs(2);

/// Whether a fault was there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hold {
    /// It was seen to be.
    Installed,
    /// It was not brought about, for this reason.
    Skipped(String),
    /// It was brought about, and its effect was not seen.
    Indeterminate(String),
}

/// What a fault did, by the one who brought it about.
#[derive(Debug, Clone)]
pub(super) struct Hit {
    /// The places of the nodes that it hit; what happens at others is held against the hub.
    pub(super) places: Vec<u64>,
    pub(super) begun: Instant,
    /// It was taken away.
    pub(super) ended: Instant,
    pub(super) hold: Hold,
    /// What was seen.
    pub(super) note: String,
}

/// A fault, and how the cluster came through.
#[derive(Debug, Clone)]
pub struct Strike {
    pub fault: Fault,
    /// The places of the nodes that it hit.
    pub places: Vec<u64>,
    pub(super) begun: Instant,
    pub(super) ended: Instant,
    /// All was as before.
    pub(super) healed: Instant,
    pub hold: Hold,
    pub note: String,
}

impl Hit {
    /// A fault that is not brought about.
    pub(super) fn skipped(why: impl Into<String>) -> Self {
        let now = Instant::now();
        Self {
            places: Vec::new(),
            begun: now,
            ended: now,
            hold: Hold::Skipped(why.into()),
            note: String::new(),
        }
    }
}

impl Hold {
    /// Installed if it was seen to be, by what was seen.
    pub(super) fn seen(seen: bool, otherwise: impl Into<String>) -> Self {
        match seen {
            true => Self::Installed,
            false => Self::Indeterminate(otherwise.into()),
        }
    }
}

impl Strike {
    pub(super) fn new(fault: Fault, hit: Hit) -> Self {
        Self {
            fault,
            places: hit.places,
            begun: hit.begun,
            ended: hit.ended,
            healed: Instant::now(),
            hold: hit.hold,
            note: hit.note,
        }
    }

    /// How long the cluster took to be as before.
    pub fn recovery(&self) -> Duration {
        self.healed - self.ended
    }

    pub(super) fn excuses(&self) -> impl Iterator<Item = Excuse> {
        self.places.iter().map(|node| Excuse {
            node: *node,
            from: self.begun,
            to: self.healed + GRACE,
        })
    }
}

impl fmt::Display for Hold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Installed => f.write_str("installed"),
            Self::Skipped(why) => write!(f, "skipped: {why}"),
            Self::Indeterminate(why) => write!(f, "indeterminate: {why}"),
        }
    }
}

impl fmt::Display for Strike {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.fault)?;
        if !self.places.is_empty() {
            write!(f, " at {:?}", self.places)?;
        }
        write!(f, ": {}", self.hold)?;
        if !self.note.is_empty() {
            write!(f, "; {}", self.note)?;
        }
        match self.hold {
            Hold::Skipped(_) => Ok(()),
            _ => write!(
                f,
                "; lasted {:.1} s, all was as before {:.1} s later",
                (self.ended - self.begun).as_secs_f64(),
                self.recovery().as_secs_f64()
            ),
        }
    }
}
