//! openraft's log storage over one group of the node's shared log.

use std::fmt::Debug;
use std::io;
use std::ops::{Bound, Range, RangeBounds};

use bytes::Bytes;
use openraft::OptionalSend;
use openraft::entry::RaftEntry as _;
use openraft::storage::{IOFlushed, LogState, RaftLogReader, RaftLogStorage};
use roost_engine::{EngineError, GroupLog};
use tokio::sync::oneshot;

use super::encoding::{
    entry_bytes, entry_from, get_log_id, get_vote, log_id, log_id_bytes, vote_bytes,
};
use super::types::{Entry, LogId, TypeConfig, Vote};

/// One read hands at most this much to a replication stream or to apply.
const READ_BYTES: usize = 4 << 20;

/// The log of one group. Appends return at once; the shared flusher thread completes them.
#[derive(Clone, Debug)]
pub(crate) struct LogStore {
    log: GroupLog,
}

// === impl LogStore ===

impl LogStore {
    pub(crate) fn new(log: GroupLog) -> LogStore {
        LogStore { log }
    }

    fn read(&self, range: Range<u64>) -> Result<Vec<Entry>, io::Error> {
        let first = self.log.first_index().unwrap_or(u64::MAX);
        let range = range.start.max(first)..range.end;
        if range.is_empty() {
            return Ok(Vec::new());
        }
        let raw = self.log.read(range, READ_BYTES).map_err(io_error)?;
        raw.into_iter()
            .map(|(index, bytes)| Ok(entry_from(index, bytes)?))
            .collect()
    }

    fn last_log_id(&self) -> Result<Option<LogId>, io::Error> {
        let Some(last) = self.log.last_index() else {
            return self.purged();
        };
        let entry = self.read(last..last + 1)?.pop();
        Ok(Some(
            entry
                .ok_or_else(|| io::Error::other("the last log entry is missing"))?
                .log_id(),
        ))
    }

    /// Whether it has no entries and never had any. A vote alone, or the note of an earlier log, is nothing.
    pub(crate) fn is_empty(&self) -> bool {
        self.log.last_index().is_none() && self.log.purged().is_none()
    }

    /// Where an earlier log of this replica ended, which was destroyed: what it had up to there was
    /// promised to leaders, though it is no longer here.
    pub(crate) fn promised(&self) -> Result<Option<LogId>, io::Error> {
        match self.log.ended() {
            None => Ok(None),
            Some(mut bytes) => Ok(get_log_id(&mut bytes)?),
        }
    }

    /// Removes the log and keeps what it has promised. Blocks for an fsync.
    pub(crate) fn destroy(self, logs: &roost_engine::LogStore) -> Result<(), io::Error> {
        let promised = self.promised()?.max(self.last_log_id()?);
        let ended = promised.map(|id| log_id_bytes(Some(&id)));
        logs.destroy_group(self.log.id(), ended).map_err(io_error)
    }

    fn purged(&self) -> Result<Option<LogId>, io::Error> {
        match self.log.purged() {
            None => Ok(None),
            Some(mut marker) => Ok(get_log_id(&mut marker)?),
        }
    }

    /// Runs `submit` with a completion and waits for the flusher to call it.
    async fn flushed(
        &self,
        submit: impl FnOnce(&GroupLog, roost_engine::Completion),
    ) -> Result<(), io::Error> {
        let (done, flushed) = oneshot::channel();
        submit(&self.log, Box::new(move |result| drop(done.send(result))));
        flushed
            .await
            .map_err(|_| io::Error::other("the log flusher is gone"))?
            .map_err(io_error)
    }
}

pub(crate) fn io_error(error: EngineError) -> io::Error {
    io::Error::other(error)
}

fn bounds(range: &impl RangeBounds<u64>) -> Range<u64> {
    let start = match range.start_bound() {
        Bound::Included(start) => *start,
        Bound::Excluded(start) => start + 1,
        Bound::Unbounded => 0,
    };
    let end = match range.end_bound() {
        Bound::Included(end) => end + 1,
        Bound::Excluded(end) => *end,
        Bound::Unbounded => u64::MAX,
    };
    start..end
}

impl RaftLogReader<TypeConfig> for LogStore {
    async fn try_get_log_entries<R>(&mut self, range: R) -> Result<Vec<Entry>, io::Error>
    where
        R: RangeBounds<u64> + Clone + Debug + OptionalSend,
    {
        // openraft wants the whole range here; `limited_get_log_entries` may stop early.
        let mut range = bounds(&range);
        range.end = range
            .end
            .min(self.log.last_index().map_or(0, |last| last + 1));
        let mut entries: Vec<Entry> = Vec::new();
        while range.start < range.end {
            let more = self.read(range.clone())?;
            let Some(last) = more.last() else { break };
            range.start = last.log_id().index + 1;
            entries.extend(more);
        }
        Ok(entries)
    }

    async fn limited_get_log_entries(
        &mut self,
        start: u64,
        end: u64,
    ) -> Result<Vec<Entry>, io::Error> {
        self.read(start..end)
    }

    async fn read_vote(&mut self) -> Result<Option<Vote>, io::Error> {
        match self.log.vote() {
            None => Ok(None),
            Some(mut bytes) => Ok(Some(get_vote(&mut bytes)?)),
        }
    }
}

impl RaftLogStorage<TypeConfig> for LogStore {
    type LogReader = LogStore;

    async fn get_log_state(&mut self) -> Result<LogState<TypeConfig>, io::Error> {
        Ok(LogState {
            last_purged_log_id: self.purged()?,
            last_log_id: self.last_log_id()?,
        })
    }

    async fn get_log_reader(&mut self) -> LogStore {
        self.clone()
    }

    async fn save_vote(&mut self, vote: &Vote) -> Result<(), io::Error> {
        let bytes = vote_bytes(vote);
        self.flushed(|log, done| log.save_vote(bytes, done)).await
    }

    async fn save_committed(&mut self, committed: Option<LogId>) -> Result<(), io::Error> {
        self.log.save_committed(log_id_bytes(committed.as_ref()));
        Ok(())
    }

    async fn read_committed(&mut self) -> Result<Option<LogId>, io::Error> {
        match self.log.committed() {
            None => Ok(None),
            Some(mut bytes) => Ok(get_log_id(&mut bytes)?),
        }
    }

    async fn append<I>(
        &mut self,
        entries: I,
        callback: IOFlushed<TypeConfig>,
    ) -> Result<(), io::Error>
    where
        I: IntoIterator<Item = Entry> + OptionalSend,
        I::IntoIter: OptionalSend,
    {
        let mut first = None;
        let mut encoded: Vec<Bytes> = Vec::new();
        for entry in entries {
            first.get_or_insert(entry.log_id().index);
            encoded.push(entry_bytes(&entry));
        }
        let Some(first) = first else {
            callback.io_completed(Ok(()));
            return Ok(());
        };
        let done = Box::new(move |result: Result<(), EngineError>| {
            callback.io_completed(result.map_err(io_error));
        });
        self.log.append(first, encoded, done);
        Ok(())
    }

    async fn truncate_after(&mut self, last: Option<LogId>) -> Result<(), io::Error> {
        let from = last.map_or(0, |id| id.index + 1);
        self.flushed(|log, done| log.truncate_from(from, done))
            .await
    }

    async fn purge(&mut self, upto: LogId) -> Result<(), io::Error> {
        let marker = log_id_bytes(Some(&log_id(upto.leader_id.term, upto.index)));
        self.flushed(|log, done| log.purge_to(upto.index, marker, done))
            .await
    }
}
