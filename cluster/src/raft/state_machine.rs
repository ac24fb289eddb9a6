//! openraft's state machine over a [`Machine`]: one batch per apply, snapshots by view.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use futures::{Stream, TryStreamExt as _};
use openraft::entry::RaftEntry as _;
use openraft::storage::{EntryResponder, RaftSnapshotBuilder, RaftStateMachine};
use openraft::{EntryPayload, OptionalSend};
use roost_engine::SeededBug;
use roost_partition::{Applied, Payload, Position};

use super::encoding::{get_membership, log_id, put_membership};
use super::machine::{Export, Flusher, Import, Machine};
use super::snapshot::SnapshotData;
use super::types::{LogId, Proposal, SnapshotMeta, StoredMembership, TypeConfig};
use crate::blocking;

type Snapshot = openraft::alias::SnapshotOf<TypeConfig, SnapshotData>;

/// The adapter that openraft's state machine worker owns.
#[derive(Debug)]
pub(crate) struct StateMachine {
    machine: Machine,
    staging: PathBuf,
}

/// Makes what is applied durable, which is what lets openraft purge the log behind it.
#[derive(Debug)]
pub(crate) struct SnapshotBuilder {
    flusher: Arc<Flusher>,
    applied: Applied,
    view: Option<Export>,
}

// === impl StateMachine ===

impl StateMachine {
    pub(crate) fn new(machine: Machine, staging: PathBuf) -> StateMachine {
        StateMachine { machine, staging }
    }

    /// Begins to receive a snapshot beside the live state.
    pub(crate) fn begin_import(&self) -> Result<Import, io::Error> {
        self.machine.import(&self.staging)
    }
}

fn copy(mut view: Export, mut import: Import) -> Result<Import, io::Error> {
    while let Some(chunk) = view.next_chunk()? {
        import.push(chunk)?;
    }
    import.finish()?;
    Ok(import)
}

fn position(id: &LogId) -> Position {
    Position {
        index: id.index,
        term: id.leader_id.term,
    }
}

fn snapshot_meta(applied: &Applied) -> Result<SnapshotMeta, io::Error> {
    let (last_log_id, last_membership) = applied_ids(applied)?;
    Ok(SnapshotMeta {
        last_log_id,
        last_membership,
    })
}

fn applied_ids(applied: &Applied) -> Result<(Option<LogId>, StoredMembership), io::Error> {
    let last = applied.position.map(|at| log_id(at.term, at.index));
    let membership = match &applied.membership {
        None => StoredMembership::default(),
        Some((at, bytes)) => {
            let at = at.map(|at| log_id(at.term, at.index));
            StoredMembership::new(at, get_membership(&mut bytes.clone())?)
        }
    };
    Ok((last, membership))
}

fn payload(payload: EntryPayload<Proposal, u64, openraft::EmptyNode>) -> Payload {
    match payload {
        EntryPayload::Blank => Payload::Blank,
        EntryPayload::Normal(Proposal(bytes)) => Payload::Command(bytes),
        EntryPayload::Membership(membership) => {
            let mut out = BytesMut::new();
            put_membership(&mut out, &membership);
            Payload::Membership(Bytes::from(out))
        }
    }
}

impl RaftStateMachine<TypeConfig> for StateMachine {
    type SnapshotData = SnapshotData;
    type SnapshotBuilder = SnapshotBuilder;

    async fn applied_state(&mut self) -> Result<(Option<LogId>, StoredMembership), io::Error> {
        applied_ids(&self.machine.applied())
    }

    async fn apply<S>(&mut self, mut entries: S) -> Result<(), io::Error>
    where
        S: Stream<Item = Result<EntryResponder<TypeConfig>, io::Error>> + Unpin + OptionalSend,
    {
        let mut batch = Vec::new();
        let mut responders = Vec::new();
        while let Some((entry, responder)) = entries.try_next().await? {
            batch.push((position(&entry.log_id()), payload(entry.payload)));
            responders.push(responder);
        }
        let replies = self.machine.apply(batch)?;
        for (responder, reply) in responders.into_iter().zip(replies) {
            if let Some(responder) = responder {
                responder.send(reply);
            }
        }
        Ok(())
    }

    async fn get_snapshot_builder(&mut self) -> SnapshotBuilder {
        // A view that cannot be opened surfaces when the snapshot is built.
        let (applied, view) = match self.machine.export() {
            Ok((applied, view)) => (applied, Some(view)),
            Err(error) => {
                tracing::error!(%error, "cannot open a view for a snapshot");
                (self.machine.applied(), None)
            }
        };
        SnapshotBuilder {
            flusher: Arc::new(self.machine.flusher()),
            applied,
            view,
        }
    }

    async fn install_snapshot(
        &mut self,
        meta: &SnapshotMeta,
        snapshot: SnapshotData,
    ) -> Result<(), io::Error> {
        blocking::here(|| {
            let import = match snapshot {
                SnapshotData::Received(import) => import,
                // A view of this node's own databases: takes the road that a stream takes.
                SnapshotData::Outgoing(view) => copy(view, self.begin_import()?)?,
            };
            self.machine.adopt(import)
        })?;
        let (last, _) = applied_ids(&self.machine.applied())?;
        if last != meta.last_log_id {
            return Err(io::Error::other(
                "the snapshot's data and its header disagree",
            ));
        }
        Ok(())
    }

    async fn get_current_snapshot(&mut self) -> Result<Option<Snapshot>, io::Error> {
        if self.machine.applied().position.is_none() {
            return Ok(None);
        }
        let (applied, view) = self.machine.export()?;
        let meta = snapshot_meta(&applied)?;
        Ok(Some(Snapshot {
            meta,
            snapshot: SnapshotData::Outgoing(view),
        }))
    }
}

// === impl SnapshotBuilder ===

impl RaftSnapshotBuilder<TypeConfig> for SnapshotBuilder {
    type SnapshotData = SnapshotData;

    /// Flushes the state store: everything up to the captured position is on disk afterwards.
    async fn build_snapshot(&mut self) -> Result<Snapshot, io::Error> {
        let view = self
            .view
            .take()
            .ok_or_else(|| io::Error::other("no view to build from"))?;
        let flusher = Arc::clone(&self.flusher);
        if !SeededBug::LostPurgeBound.is_in() {
            blocking::run(move || flusher.flush()).await??;
        }
        let meta = snapshot_meta(&self.applied)?;
        Ok(Snapshot {
            meta,
            snapshot: SnapshotData::Outgoing(view),
        })
    }
}
