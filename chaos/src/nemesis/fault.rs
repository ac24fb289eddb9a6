//! What can be done to a cluster: one fault per file. Each waits until the others get on without the
//! nodes that it hits, stays for a while, looks whether it has taken hold, and takes itself away.

mod bandwidth;
mod bit_flip;
mod clock_shift;
mod damage;
mod dead_disk;
mod delay;
mod disk_full;
mod failing_disk;
mod isolated_leader;
mod kill;
mod loss;
mod minority;
mod one_way;
mod partition;
mod pause;
mod replacement;
mod rollback;
mod rolling_restart;
mod separation;
mod slow_disk;
mod truncation;

use std::fmt;
use std::str::FromStr;

use anyhow::Context;

use super::scene::Scene;
use super::strike::Hit;

/// A kind of fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    Kill,
    Pause,
    Partition,
    OneWay,
    IsolatedLeader,
    Minority,
    Delay,
    Loss,
    Bandwidth,
    DiskFull,
    SlowDisk,
    FailingDisk,
    BitFlip,
    Truncation,
    Rollback,
    RollingRestart,
    Replacement,
    ClockShift,
}

impl Fault {
    /// Every one.
    pub const ALL: [Self; 18] = [
        Self::Kill,
        Self::Pause,
        Self::Partition,
        Self::OneWay,
        Self::IsolatedLeader,
        Self::Minority,
        Self::Delay,
        Self::Loss,
        Self::Bandwidth,
        Self::DiskFull,
        Self::SlowDisk,
        Self::FailingDisk,
        Self::BitFlip,
        Self::Truncation,
        Self::Rollback,
        Self::RollingRestart,
        Self::Replacement,
        Self::ClockShift,
    ];

    /// Its name in commands and reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Kill => "kill",
            Self::Pause => "pause",
            Self::Partition => "partition",
            Self::OneWay => "one-way",
            Self::IsolatedLeader => "isolated-leader",
            Self::Minority => "minority",
            Self::Delay => "delay",
            Self::Loss => "loss",
            Self::Bandwidth => "bandwidth",
            Self::DiskFull => "disk-full",
            Self::SlowDisk => "slow-disk",
            Self::FailingDisk => "failing-disk",
            Self::BitFlip => "bit-flip",
            Self::Truncation => "truncation",
            Self::Rollback => "rollback",
            Self::RollingRestart => "rolling-restart",
            Self::Replacement => "replacement",
            Self::ClockShift => "clock-shift",
        }
    }

    /// Brings it about and takes it away again.
    ///
    /// # Errors
    /// The cluster does not get on as it must. Nothing that was brought about stays.
    pub(super) async fn strike(self, scene: &mut Scene) -> anyhow::Result<Hit> {
        let struck = match self {
            Self::Kill => kill::strike(scene).await,
            Self::Pause => pause::strike(scene).await,
            Self::Partition => partition::strike(scene).await,
            Self::OneWay => one_way::strike(scene).await,
            Self::IsolatedLeader => isolated_leader::strike(scene).await,
            Self::Minority => minority::strike(scene).await,
            Self::Delay => delay::strike(scene).await,
            Self::Loss => loss::strike(scene).await,
            Self::Bandwidth => bandwidth::strike(scene).await,
            Self::DiskFull => disk_full::strike(scene).await,
            Self::SlowDisk => slow_disk::strike(scene).await,
            Self::FailingDisk => failing_disk::strike(scene).await,
            Self::BitFlip => bit_flip::strike(scene).await,
            Self::Truncation => truncation::strike(scene).await,
            Self::Rollback => rollback::strike(scene).await,
            Self::RollingRestart => rolling_restart::strike(scene).await,
            Self::Replacement => replacement::strike(scene).await,
            Self::ClockShift => clock_shift::strike(scene).await,
        };
        struck.with_context(|| self.name())
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Fault {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|fault| fault.name() == text);
        found.ok_or_else(|| {
            let names: Vec<&str> = Self::ALL.iter().map(|fault| fault.name()).collect();
            format!("no such fault; there are {}", names.join(", "))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_is_known_by_its_name() {
        for fault in Fault::ALL {
            assert_eq!(fault.name().parse(), Ok(fault));
        }
        assert!("flood".parse::<Fault>().is_err());
    }
}
