//! The handle to one group's log.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use rocksdb::ReadOptions;

use super::group::Group;
use super::layout::{self, entry_key, parse_entry_key};
use super::queue::{Change, Completion, Operation};
use super::tail::Tail;
use super::{GroupId, Inner};
use crate::error::EngineError;
use crate::seeded::SeededBug;

/// A handle to one group's log. Cheap to clone.
///
/// Changes take effect for readers when the call returns; they are queued in the order of the calls
/// and return at once, unless the queue is full: then they block until the flusher has caught up.
/// Every completion runs exactly once, on the flusher thread and in queue order; it must only wake
/// somebody up, and must not change a log or wait. (After [`LogStore::close`](super::LogStore::close)
/// completions run at once on the caller's thread.)
#[derive(Clone)]
pub struct GroupLog {
    group: Arc<Group>,
    store: Arc<Inner>,
}

impl std::fmt::Debug for GroupLog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GroupLog")
            .field("id", &self.group.id)
            .finish_non_exhaustive()
    }
}

// === impl GroupLog ===

impl GroupLog {
    pub(super) fn new(group: Arc<Group>, store: Arc<Inner>) -> GroupLog {
        GroupLog { group, store }
    }

    /// Whose log it is.
    pub fn id(&self) -> GroupId {
        self.group.id
    }

    /// Index of the last entry; none for an empty log.
    pub fn last_index(&self) -> Option<u64> {
        let range = self.group.tail.lock().range();
        if range.is_empty() {
            None
        } else {
            Some(range.end - 1)
        }
    }

    /// Index of the first entry that was not purged; none for an empty log.
    pub fn first_index(&self) -> Option<u64> {
        let range = self.group.tail.lock().range();
        if range.is_empty() {
            None
        } else {
            Some(range.start)
        }
    }

    /// The marker that the furthest purge left.
    pub fn purged(&self) -> Option<Bytes> {
        self.group.tail.lock().purged()
    }

    /// The last vote that was saved.
    pub fn vote(&self) -> Option<Bytes> {
        self.group.tail.lock().vote()
    }

    /// What [`LogStore::destroy_group`](super::LogStore::destroy_group) was told of where an earlier
    /// log of this group ended.
    pub fn ended(&self) -> Option<Bytes> {
        self.group.tail.lock().ended()
    }

    /// The last committed marker that was saved; after a crash possibly an older one.
    pub fn committed(&self) -> Option<Bytes> {
        self.group.tail.lock().committed()
    }

    /// Appends entries from `first_index` on, which must be right behind the last one; an empty log
    /// may start anywhere behind what was purged. They can be read when this returns, and are durable
    /// when `done` gets `Ok`.
    ///
    /// `done` gets [`EngineError::Refused`] for a gap, an overlap or an index below the purged ones.
    pub fn append(&self, first_index: u64, entries: Vec<Bytes>, done: Completion) {
        self.submit(done, |tail| tail.append(first_index, entries));
    }

    /// Saves a vote; durable when `done` gets `Ok`.
    pub fn save_vote(&self, vote: Bytes, done: Completion) {
        self.submit(done, |tail| tail.save_vote(vote));
    }

    /// Saves a committed marker, which goes to disk with the group's next change or when the store is
    /// closed: after a crash an older one may be found, which only costs time.
    pub fn save_committed(&self, committed: Bytes) {
        self.group.tail.lock().set_committed(committed);
    }

    /// Removes the entries at `index` and behind it; durable when `done` gets `Ok`.
    pub fn truncate_from(&self, index: u64, done: Completion) {
        self.submit(done, |tail| tail.truncate(index));
    }

    /// Removes the entries up to and including `index` and keeps `marker` in their place; durable when
    /// `done` gets `Ok`. `index` may be beyond the end: the log goes on behind it then. A purge that
    /// goes less far than an earlier one changes nothing.
    pub fn purge_to(&self, index: u64, marker: Bytes, done: Completion) {
        self.submit(done, |tail| tail.purge(index, marker));
    }

    /// Reads entries in order, without a gap, from `range.start` or the first one there is if that is
    /// later. Stops before `max_bytes` would be exceeded, but gives at least one entry if the range
    /// has one. Touches the disk only for entries that are no longer in memory.
    ///
    /// # Errors
    /// [`EngineError`] when the disk cannot be read, or an entry is missing there.
    pub fn read(
        &self,
        range: Range<u64>,
        max_bytes: usize,
    ) -> Result<Vec<(u64, Bytes)>, EngineError> {
        loop {
            if let Some(entries) = self.try_read(&range, max_bytes)? {
                return Ok(entries);
            }
        }
    }

    /// None when a truncation or purge came in between: what was read may be of two histories then.
    fn try_read(
        &self,
        range: &Range<u64>,
        max_bytes: usize,
    ) -> Result<Option<Vec<(u64, Bytes)>>, EngineError> {
        let removals = self.group.tail.lock().removals();
        let overtaken = || self.group.tail.lock().removals() != removals;
        let mut entries: Vec<(u64, Bytes)> = Vec::new();
        let mut left = max_bytes;
        // More than once only if entries left memory meanwhile.
        loop {
            let on_disk = {
                let tail = self.group.tail.lock();
                if tail.removals() != removals {
                    return Ok(None);
                }
                let there = tail.range();
                let first = range.start.max(there.start);
                let start = entries.last().map_or(first, |(last, _)| last + 1);
                let end = range.end.min(there.end);
                if start >= end {
                    return Ok(Some(entries));
                }
                if start >= tail.memory_start() {
                    entries.extend(tail.read_memory(start, end, left, entries.is_empty()));
                    return Ok(Some(entries));
                }
                start..end.min(tail.memory_start())
            };
            let read = match self.read_disk(on_disk.clone(), left, entries.is_empty()) {
                Err(_) if overtaken() => return Ok(None),
                read => read?,
            };
            let stopped = (read.len() as u64) < on_disk.end - on_disk.start;
            left -= left.min(read.iter().map(|(_, entry)| entry.len()).sum());
            entries.extend(read);
            if stopped {
                return Ok((!overtaken()).then_some(entries));
            }
        }
    }

    #[cfg(test)]
    pub(super) fn group_memory_start(&self) -> u64 {
        self.group.tail.lock().memory_start()
    }

    /// Entries that are on disk, up to `budget` bytes; the first one may be larger if
    /// `first_always`.
    fn read_disk(
        &self,
        range: Range<u64>,
        mut budget: usize,
        mut first_always: bool,
    ) -> Result<Vec<(u64, Bytes)>, EngineError> {
        let family = layout::family(&self.store.db, layout::ENTRIES)?;
        let id = self.group.id;
        let mut options = ReadOptions::default();
        options.set_iterate_upper_bound(entry_key(id, range.end));
        options.fill_cache(false);
        let mut rows = self.store.db.raw_iterator_cf_opt(family, options);
        rows.seek(entry_key(id, range.start));
        let mut entries = Vec::new();
        for index in range {
            let row = rows.item();
            let Some((_, value)) = row.filter(|row| parse_entry_key(row.0) == Some((id, index)))
            else {
                rows.status()?;
                let text = format!("entry {index} of the log of group {} is missing", id.0);
                return Err(EngineError::damaged(text));
            };
            match budget.checked_sub(value.len()) {
                Some(rest) => budget = rest,
                None if first_always => budget = 0,
                None => break,
            }
            first_always = false;
            entries.push((index, Bytes::copy_from_slice(value)));
            rows.next();
        }
        Ok(entries)
    }

    fn submit(
        &self,
        done: Completion,
        change: impl FnOnce(&mut Tail) -> Result<Change, EngineError>,
    ) {
        let _order = self.group.order.lock();
        let usable = self.store.failure.check();
        let (change, committed) = {
            let mut tail = self.group.tail.lock();
            match usable.and_then(|()| change(&mut tail)) {
                Ok(change) => (change, tail.take_unsaved_committed()),
                // Queued all the same, so that completions stay in order.
                Err(error) => (Change::Refused(error), None),
            }
        };
        let group = Arc::clone(&self.group);
        let mut done = Some(done);
        if SeededBug::AckBeforeFsync.is_in()
            && let Some(done) = done.take()
        {
            done(Ok(()));
        }
        self.store.queue.push(Operation {
            group,
            change,
            committed,
            done,
        });
    }
}
