//! One group's log: what was appended is in memory until it is on disk, and a while longer.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use parking_lot::Mutex;
use rocksdb::{DB, IteratorMode, ReadOptions};

use super::layout::{self, Mark, end_of, entry_key, index_of, mark_key};
use super::queue::Operation;
use super::{GroupId, Inner};
use crate::error::EngineError;
use crate::metrics;

/// Runs on the flusher thread, exactly once, in the order of the operations.
pub type Completion = Box<dyn FnOnce(Result<(), EngineError>) + Send>;

/// A handle to one group's log. Changes are queued in the order of calls and return at once.
#[derive(Clone)]
pub struct GroupLog {
    id: GroupId,
    state: Arc<GroupState>,
    store: Arc<Inner>,
}

/// What is known of a group without asking the disk.
pub(super) struct GroupState {
    bounds: Mutex<Bounds>,
}

#[derive(Default)]
struct Bounds {
    /// First and last index there is; none for an empty log.
    range: Option<(u64, u64)>,
    /// The newest entries. `cached` ends at the last index.
    cached: VecDeque<Bytes>,
    cached_bytes: usize,
    /// Everything up to this index is on disk.
    durable: Option<u64>,
    vote: Option<Bytes>,
    committed: Option<Bytes>,
    purged: Option<Bytes>,
}

impl std::fmt::Debug for GroupLog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GroupLog")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

// === impl GroupState ===

impl GroupState {
    pub(super) fn load(db: &DB, id: GroupId) -> Result<GroupState, EngineError> {
        let entries = layout::family(db, layout::ENTRIES)?;
        let marks = layout::family(db, layout::MARKS)?;
        let end = |mode: IteratorMode<'_>| -> Result<Option<u64>, EngineError> {
            let mut options = ReadOptions::default();
            options.set_iterate_lower_bound(entry_key(id, 0));
            options.set_iterate_upper_bound(end_of(id));
            match db.iterator_cf_opt(entries, options, mode).next() {
                None => Ok(None),
                Some(row) => Ok(index_of(&row?.0)),
            }
        };
        let first = end(IteratorMode::Start)?;
        let last = end(IteratorMode::End)?;
        let mark = |mark| -> Result<Option<Bytes>, EngineError> {
            Ok(db.get_cf(marks, mark_key(mark, id))?.map(Bytes::from))
        };
        let bounds = Bounds {
            range: first.zip(last),
            durable: last,
            vote: mark(Mark::Vote)?,
            committed: mark(Mark::Committed)?,
            purged: mark(Mark::Purged)?,
            ..Bounds::default()
        };
        Ok(GroupState {
            bounds: Mutex::new(bounds),
        })
    }
}

// === impl GroupLog ===

impl GroupLog {
    pub(super) fn new(id: GroupId, state: Arc<GroupState>, store: Arc<Inner>) -> GroupLog {
        GroupLog { id, state, store }
    }

    /// Index of the last entry; none for an empty log.
    pub fn last_index(&self) -> Option<u64> {
        self.state.bounds.lock().range.map(|(_, last)| last)
    }

    /// Index of the first entry that was not purged; none for an empty log.
    pub fn first_index(&self) -> Option<u64> {
        self.state.bounds.lock().range.map(|(first, _)| first)
    }

    /// The mark that the last purge left.
    pub fn purged(&self) -> Option<Bytes> {
        self.state.bounds.lock().purged.clone()
    }

    /// The last vote that was saved.
    pub fn vote(&self) -> Option<Bytes> {
        self.state.bounds.lock().vote.clone()
    }

    /// The last committed mark that was saved; after a crash possibly an older one.
    pub fn committed(&self) -> Option<Bytes> {
        self.state.bounds.lock().committed.clone()
    }

    /// Appends entries from `first` on. They can be read when this returns, and are durable when
    /// `done` runs. Blocks while the flusher's queue is full.
    pub fn append(&self, first: u64, entries: Vec<Bytes>, done: Completion) {
        let Some(last) = (entries.len() as u64)
            .checked_sub(1)
            .map(|more| first + more)
        else {
            return done(Ok(()));
        };
        let bytes = entries.iter().map(Bytes::len).sum();
        metrics::appended(entries.len(), bytes);
        self.state
            .bounds
            .lock()
            .append(first, last, &entries, bytes);
        let state = Arc::clone(&self.state);
        let keep = self.store.options.cache_bytes_per_group;
        let done: Completion = Box::new(move |result: Result<(), EngineError>| {
            if result.is_ok() {
                state.bounds.lock().flushed(last, keep);
            }
            done(result);
        });
        self.store.queue.push(Operation::Append {
            group: self.id,
            first,
            entries,
            done,
        });
    }

    /// Saves a vote; durable when `done` runs.
    pub fn save_vote(&self, vote: Bytes, done: Completion) {
        self.state.bounds.lock().vote = Some(vote.clone());
        self.store.queue.push(Operation::Vote {
            group: self.id,
            vote,
            done,
        });
    }

    /// Saves a committed mark, without a promise that it survives a crash.
    pub fn save_committed(&self, committed: Bytes) {
        self.state.bounds.lock().committed = Some(committed.clone());
        self.store.queue.push(Operation::Committed {
            group: self.id,
            committed,
        });
    }

    /// Removes entries at `from` and behind it; durable when `done` runs.
    pub fn truncate_from(&self, from: u64, done: Completion) {
        self.state.bounds.lock().truncate(from);
        self.store.queue.push(Operation::Truncate {
            group: self.id,
            from,
            done,
        });
    }

    /// Removes entries up to and including `upto` and keeps `mark` in their place; durable when
    /// `done` runs.
    pub fn purge_to(&self, upto: u64, mark: Bytes, done: Completion) {
        self.state.bounds.lock().purge(upto, mark.clone());
        self.store.queue.push(Operation::Purge {
            group: self.id,
            upto,
            mark,
            done,
        });
    }

    /// Reads entries in order from `range.start`. Stops early once `max_bytes` are reached, but
    /// returns at least one entry if there is one.
    ///
    /// # Errors
    /// [`EngineError`] when the disk cannot be read, or an entry is missing in between.
    pub fn read(
        &self,
        range: Range<u64>,
        max_bytes: usize,
    ) -> Result<Vec<(u64, Bytes)>, EngineError> {
        let (from_disk, cached) = {
            let bounds = self.state.bounds.lock();
            let Some((first, last)) = bounds.range else {
                return Ok(Vec::new());
            };
            let range = range.start.max(first)..range.end.min(last + 1);
            let cache_start = bounds.cache_start();
            let cached = bounds.read_cached(range.start.max(cache_start)..range.end, max_bytes);
            (range.start..range.end.min(cache_start), cached)
        };
        if from_disk.is_empty() {
            return Ok(cached);
        }
        let wanted = from_disk.end;
        let mut entries = self.read_disk(from_disk, max_bytes)?;
        let reached = entries.last().map(|(index, _)| index + 1);
        if reached == Some(wanted) {
            let mut bytes: usize = entries.iter().map(|(_, entry)| entry.len()).sum();
            for (index, entry) in cached {
                bytes += entry.len();
                if bytes > max_bytes {
                    break;
                }
                entries.push((index, entry));
            }
        }
        Ok(entries)
    }

    fn read_disk(
        &self,
        range: Range<u64>,
        max_bytes: usize,
    ) -> Result<Vec<(u64, Bytes)>, EngineError> {
        let family = layout::family(&self.store.db, layout::ENTRIES)?;
        let mut options = ReadOptions::default();
        options.set_iterate_lower_bound(entry_key(self.id, range.start));
        options.set_iterate_upper_bound(entry_key(self.id, range.end));
        let mut entries = Vec::new();
        let mut bytes = 0;
        let rows = self
            .store
            .db
            .iterator_cf_opt(family, options, IteratorMode::Start);
        for (expected, row) in (range.start..).zip(rows) {
            let (key, value) = row?;
            if index_of(&key) != Some(expected) {
                return Err(EngineError::damaged(format!(
                    "entry {expected} of group {} is missing",
                    self.id.0
                )));
            }
            bytes += value.len();
            if bytes > max_bytes && !entries.is_empty() {
                break;
            }
            entries.push((expected, Bytes::from(value)));
        }
        Ok(entries)
    }
}

// === impl Bounds ===

impl Bounds {
    /// Index of the oldest cached entry; past the end when nothing is cached.
    fn cache_start(&self) -> u64 {
        self.range
            .map_or(0, |(_, last)| last + 1 - self.cached.len() as u64)
    }

    fn append(&mut self, first: u64, last: u64, entries: &[Bytes], bytes: usize) {
        let follows = self.range.is_some_and(|(_, end)| end + 1 == first);
        if !follows {
            // After a snapshot the log may go on further ahead.
            self.cached.clear();
            self.cached_bytes = 0;
        }
        let start = if follows {
            self.range.map_or(first, |(start, _)| start)
        } else {
            first
        };
        self.range = Some((start, last));
        self.cached.extend(entries.iter().cloned());
        self.cached_bytes += bytes;
    }

    fn read_cached(&self, range: Range<u64>, max_bytes: usize) -> Vec<(u64, Bytes)> {
        let start = self.cache_start();
        let mut bytes = 0;
        let mut entries = Vec::new();
        for index in range {
            let Some(entry) = self.cached.get((index - start) as usize) else {
                break;
            };
            bytes += entry.len();
            if bytes > max_bytes && !entries.is_empty() {
                break;
            }
            entries.push((index, entry.clone()));
        }
        entries
    }

    fn flushed(&mut self, upto: u64, keep: usize) {
        // An entry that was truncated meanwhile is not there to be durable.
        let Some((_, last)) = self.range else { return };
        self.durable = Some(self.durable.unwrap_or(0).max(upto).min(last));
        while self.cached_bytes > keep && self.durable >= Some(self.cache_start()) {
            match self.cached.pop_front() {
                Some(entry) => self.cached_bytes -= entry.len(),
                None => break,
            }
        }
    }

    fn truncate(&mut self, from: u64) {
        let Some((first, last)) = self.range else {
            return;
        };
        for _ in from.max(self.cache_start())..=last {
            if let Some(entry) = self.cached.pop_back() {
                self.cached_bytes -= entry.len();
            }
        }
        self.range = (from > first).then(|| (first, last.min(from.saturating_sub(1))));
        self.durable = self.durable.min(from.checked_sub(1));
        if self.range.is_none() {
            self.cached.clear();
            self.cached_bytes = 0;
        }
    }

    fn purge(&mut self, upto: u64, mark: Bytes) {
        self.purged = Some(mark);
        let Some((first, last)) = self.range else {
            return;
        };
        while !self.cached.is_empty() && self.cache_start() <= upto {
            if let Some(entry) = self.cached.pop_front() {
                self.cached_bytes -= entry.len();
            }
        }
        self.range = (upto < last).then(|| (first.max(upto + 1), last));
    }
}
