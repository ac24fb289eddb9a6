//! The newest part of a group's log, and everything about it that can be known without the disk.
//!
//! ```text
//!   purged │ first ........ durable ........ not durable yet │ next
//!                    └ on disk ┘└──── in memory: `newest` ───┘
//! ```

use std::collections::VecDeque;
use std::ops::Range;

use bytes::Bytes;

use super::queue::Change;
use crate::error::EngineError;

/// What an entry costs in memory beside its bytes.
const ENTRY_OVERHEAD: usize = 64;

/// The state of one group's log as its owner sees it, ahead of the disk by what is queued.
#[derive(Debug, Default)]
pub(super) struct Tail {
    /// Indexes of the entries there are.
    range: Range<u64>,
    /// The newest entries, up to the end of `range`: at least all that are not durable.
    newest: VecDeque<Kept>,
    newest_bytes: usize,
    /// Number of the last append, and of the last one that is durable. An index says nothing
    /// about durability, because it can be truncated and appended again while the first is queued.
    appends: u64,
    durable: u64,
    /// Counts truncations and purges, so that a read from disk notices that it was overtaken.
    removals: u64,
    vote: Option<Bytes>,
    committed: Option<Bytes>,
    /// `committed` is newer than what was queued.
    committed_unsaved: bool,
    purged: Option<Purged>,
    /// What was noted of an earlier log of the group, which was destroyed.
    ended: Option<Bytes>,
    destroyed: bool,
}

#[derive(Debug)]
struct Kept {
    entry: Bytes,
    append: u64,
}

/// How far the log was cut off at its front, and the mark that the caller left there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Purged {
    pub(super) upto: u64,
    pub(super) mark: Bytes,
}

/// What the disk says about a group.
#[derive(Debug, Default)]
pub(super) struct Recovered {
    pub(super) range: Range<u64>,
    pub(super) vote: Option<Bytes>,
    pub(super) committed: Option<Bytes>,
    pub(super) purged: Option<Purged>,
    pub(super) ended: Option<Bytes>,
}

// === impl Tail ===

impl From<Recovered> for Tail {
    fn from(recovered: Recovered) -> Tail {
        let Recovered {
            range,
            vote,
            committed,
            purged,
            ended,
        } = recovered;
        Tail {
            range,
            vote,
            committed,
            purged,
            ended,
            ..Tail::default()
        }
    }
}

impl Tail {
    pub(super) fn range(&self) -> Range<u64> {
        self.range.clone()
    }

    pub(super) fn vote(&self) -> Option<Bytes> {
        self.vote.clone()
    }

    pub(super) fn committed(&self) -> Option<Bytes> {
        self.committed.clone()
    }

    pub(super) fn purged(&self) -> Option<Bytes> {
        self.purged.as_ref().map(|purged| purged.mark.clone())
    }

    pub(super) fn ended(&self) -> Option<Bytes> {
        self.ended.clone()
    }

    pub(super) fn removals(&self) -> u64 {
        self.removals
    }

    /// Nothing was ever stored.
    pub(super) fn is_blank(&self) -> bool {
        self.range.is_empty()
            && self.vote.is_none()
            && self.committed.is_none()
            && self.purged.is_none()
            && self.ended.is_none()
    }

    /// Index of the oldest entry in memory; the end of the log when there is none.
    pub(super) fn memory_start(&self) -> u64 {
        self.range.end - self.newest.len() as u64
    }

    /// Entries in memory from `start` on, at most to `end`. They may be `budget` bytes together;
    /// the first one may be larger if `first_always`.
    pub(super) fn read_memory(
        &self,
        start: u64,
        end: u64,
        mut budget: usize,
        mut first_always: bool,
    ) -> Vec<(u64, Bytes)> {
        let Some(skip) = start.checked_sub(self.memory_start()) else {
            return Vec::new();
        };
        let mut entries = Vec::new();
        for (index, kept) in (start..end).zip(self.newest.iter().skip(skip as usize)) {
            match budget.checked_sub(kept.entry.len()) {
                Some(left) => budget = left,
                None if first_always => budget = 0,
                None => break,
            }
            first_always = false;
            entries.push((index, kept.entry.clone()));
        }
        entries
    }

    pub(super) fn append(
        &mut self,
        first: u64,
        entries: Vec<Bytes>,
    ) -> Result<Change, EngineError> {
        self.check_live()?;
        if entries.is_empty() {
            return Ok(Change::Nothing);
        }
        let end = first
            .checked_add(entries.len() as u64)
            .ok_or_else(|| EngineError::refused("a log index beyond the last possible one"))?;
        let purged = self
            .purged
            .as_ref()
            .is_some_and(|purged| first <= purged.upto);
        if purged || (!self.range.is_empty() && first != self.range.end) {
            let (start, next) = (self.range.start, self.range.end);
            let text = format!("an append at {first} to a log that holds {start} to before {next}");
            return Err(EngineError::refused(text));
        }
        self.range = if self.range.is_empty() {
            first..end
        } else {
            self.range.start..end
        };
        self.appends += 1;
        let append = self.appends;
        self.newest_bytes += entries.iter().map(cost).sum::<usize>();
        self.newest.extend(entries.iter().map(|entry| Kept {
            entry: entry.clone(),
            append,
        }));
        Ok(Change::Append {
            first,
            entries,
            append,
        })
    }

    pub(super) fn save_vote(&mut self, vote: Bytes) -> Result<Change, EngineError> {
        self.check_live()?;
        self.vote = Some(vote.clone());
        Ok(Change::Vote(vote))
    }

    pub(super) fn set_committed(&mut self, committed: Bytes) {
        if !self.destroyed {
            self.committed = Some(committed);
            self.committed_unsaved = true;
        }
    }

    /// The committed mark, if it is newer than what was queued; it counts as queued then.
    pub(super) fn take_unsaved_committed(&mut self) -> Option<Bytes> {
        if !std::mem::take(&mut self.committed_unsaved) {
            return None;
        }
        self.committed.clone()
    }

    pub(super) fn truncate(&mut self, from: u64) -> Result<Change, EngineError> {
        self.check_live()?;
        let removed = from.max(self.range.start)..self.range.end;
        if removed.is_empty() {
            return Ok(Change::Nothing);
        }
        self.removals += 1;
        for _ in self.memory_start().max(removed.start)..removed.end {
            if let Some(kept) = self.newest.pop_back() {
                self.newest_bytes -= cost(&kept.entry);
            }
        }
        self.range.end = removed.start;
        Ok(Change::Truncate(removed))
    }

    pub(super) fn purge(&mut self, upto: u64, mark: Bytes) -> Result<Change, EngineError> {
        self.check_live()?;
        if self
            .purged
            .as_ref()
            .is_some_and(|purged| upto < purged.upto)
        {
            // Already removed; the later mark stays.
            return Ok(Change::Nothing);
        }
        self.removals += 1;
        let start = upto.saturating_add(1);
        // Only what is there: range deletes that contain each other make reads slow.
        let removed = self.range.start..self.range.end.min(start);
        while !self.newest.is_empty() && self.memory_start() < start {
            if let Some(kept) = self.newest.pop_front() {
                self.newest_bytes -= cost(&kept.entry);
            }
        }
        self.range.start = self.range.start.max(start);
        self.range.end = self.range.end.max(self.range.start);
        let purged = Purged { upto, mark };
        self.purged = Some(purged.clone());
        Ok(Change::Purge { removed, purged })
    }

    /// Forgets all but what a later log of the group begins with: the vote, and where this one ended.
    pub(super) fn destroy(&mut self, ended: Option<Bytes>) -> Tail {
        let next = Tail {
            vote: self.vote.take(),
            ended: ended.or(self.ended.take()),
            ..Tail::default()
        };
        *self = Tail {
            destroyed: true,
            removals: self.removals + 1,
            ..Tail::default()
        };
        next
    }

    /// An append is durable: from memory goes what is, until no more than `keep` bytes are left.
    pub(super) fn durable(&mut self, append: u64, keep: usize) {
        self.durable = self.durable.max(append);
        while self.newest_bytes > keep
            && self
                .newest
                .front()
                .is_some_and(|kept| kept.append <= self.durable)
        {
            if let Some(kept) = self.newest.pop_front() {
                self.newest_bytes -= cost(&kept.entry);
            }
        }
    }

    fn check_live(&self) -> Result<(), EngineError> {
        if self.destroyed {
            Err(EngineError::Closed)
        } else {
            Ok(())
        }
    }
}

fn cost(entry: &Bytes) -> usize {
    entry.len() + ENTRY_OVERHEAD
}

#[cfg(test)]
mod tests;
