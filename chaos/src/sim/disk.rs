//! A node's disk: how long its fsyncs take, whether they work, and what a crash leaves.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use roost_engine::{LogDrive, LogStep};

use super::random::Random;

/// How long an fsync takes on a good disk at most, in milliseconds.
const USUAL_SYNC: u64 = 2;

/// The disk under a node's log.
#[derive(Debug)]
pub(super) struct Disk {
    random: Random,
    /// Longest fsync, in milliseconds.
    longest_sync: u64,
    /// The next write fails.
    failing: bool,
    /// When the fsync under way ends.
    busy_until: Option<u64>,
    /// The log's newest file, and how much of it has been synced.
    synced: Option<(PathBuf, u64)>,
}

/// What a crash leaves of what was written and not synced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Loss {
    /// Nothing is lost: the process was killed, the kernel went on.
    Nothing,
    /// All of it is lost.
    Unsynced,
    /// A write was under way, and some of its first bytes are there.
    TornWrite,
}

// === impl Loss ===

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Loss::Nothing => "nothing written is lost",
            Loss::Unsynced => "what was not synced is lost",
            Loss::TornWrite => "a write is torn",
        })
    }
}

// === impl Disk ===

impl Disk {
    pub(super) fn new(random: Random) -> Disk {
        Disk {
            random,
            longest_sync: USUAL_SYNC,
            failing: false,
            busy_until: None,
            synced: None,
        }
    }

    /// Lets fsyncs take up to `longest` milliseconds; as usual when none.
    pub(super) fn slow_down(&mut self, longest: Option<u64>) {
        self.longest_sync = longest.unwrap_or(USUAL_SYNC);
    }

    /// Lets the next write fail.
    pub(super) fn fail(&mut self) {
        self.failing = true;
    }

    /// Everything works again, at its usual speed.
    pub(super) fn heal(&mut self) {
        self.longest_sync = USUAL_SYNC;
        self.failing = false;
    }

    /// A process starts on the disk, or starts again.
    pub(super) fn mount(&mut self) {
        self.busy_until = None;
        self.synced = None;
    }

    /// Works for a millisecond. `log` is the folder of the log database.
    pub(super) fn work(&mut self, now: u64, drive: &LogDrive, log: &Path) -> io::Result<()> {
        if drive.is_idle() {
            return Ok(());
        }
        let random = &mut self.random;
        let until = *self
            .busy_until
            .get_or_insert_with(|| now + random.between(0, self.longest_sync));
        if until > now {
            return Ok(());
        }
        self.busy_until = None;
        if std::mem::take(&mut self.failing) {
            drive.fail("the simulated disk refused");
        }
        if drive.step() == LogStep::Synced {
            self.synced = newest_log(log)?;
        }
        Ok(())
    }

    /// Takes from a copy of the log database, made at the moment of a crash, what is lost.
    pub(super) fn crash(&mut self, copied_log: &Path, loss: Loss) -> io::Result<()> {
        let Some((file, length)) = newest_log(copied_log)? else {
            return Ok(());
        };
        let kept = match &self.synced {
            Some((synced, kept)) if synced.file_name() == file.file_name() => *kept,
            _ => 0,
        };
        let left = match loss {
            Loss::Nothing => length,
            Loss::Unsynced => kept,
            Loss::TornWrite => self.random.between(kept.min(length), length),
        };
        OpenOptions::new().write(true).open(&file)?.set_len(left)
    }
}

/// The log database's newest write-ahead file, and its length.
fn newest_log(folder: &Path) -> io::Result<Option<(PathBuf, u64)>> {
    let mut newest: Option<PathBuf> = None;
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let is_log = path.extension().is_some_and(|extension| extension == "log");
        if is_log && newest.as_ref().is_none_or(|newest| *newest < path) {
            newest = Some(path);
        }
    }
    newest
        .map(|path| File::open(&path)?.metadata().map(|data| (path, data.len())))
        .transpose()
}
