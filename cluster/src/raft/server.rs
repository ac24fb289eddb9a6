//! The follower's side of Raft traffic: hands what peers send to the replica it is meant for.

use std::io;
use std::sync::Arc;

use bytes::{Buf as _, Bytes, BytesMut};
use dashmap::DashMap;
use futures::StreamExt as _;
use openraft::raft::{AppendEntriesRequest, StreamAppendResult, VoteRequest};
use roost_engine::GroupId;
use roost_model::NodeId;

use super::encoding::{
    Malformed, append_request_from, append_result_bytes, get_snapshot_meta, get_vote, put_vote,
    transfer_request_from, vote_request_from, vote_response_bytes,
};
use super::snapshot::SnapshotData;
use super::types::{LogId, Raft, TypeConfig};
use crate::blocking;
use crate::group::Group;
use crate::kinds;
use crate::metrics;
use crate::rpc::{Refused, Stream, StreamReceiver};

type Snapshot = openraft::alias::SnapshotOf<TypeConfig, SnapshotData>;

/// Refusal: this node hosts no replica of the group.
pub(crate) const NO_SUCH_GROUP: u16 = 1;
/// Refusal: the bytes were not understood.
pub(crate) const MALFORMED: u16 = 2;
/// Refusal: the replica has stopped.
pub(crate) const STOPPED: u16 = 3;
/// Refusal: the candidate is behind what this node has acknowledged.
const BEHIND: u16 = 4;

/// The replicas that this node hosts, by group.
#[derive(Clone, Default)]
pub(crate) struct RaftServer {
    groups: Arc<DashMap<GroupId, Replica>>,
}

#[derive(Clone)]
struct Replica {
    raft: Raft,
    promised: Option<LogId>,
}

impl std::fmt::Debug for RaftServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RaftServer")
            .field("groups", &self.groups.len())
            .finish()
    }
}

// === impl RaftServer ===

impl RaftServer {
    pub(crate) fn insert(&self, group: &Group) {
        let replica = Replica {
            raft: group.raft.clone(),
            promised: group.promised,
        };
        self.groups.insert(group.id, replica);
    }

    pub(crate) fn remove(&self, group: GroupId) {
        self.groups.remove(&group);
    }

    fn replica(&self, from: &mut Bytes) -> Result<Replica, Refused> {
        let group = from
            .try_get_u32_le()
            .map_err(|error| malformed(error.into()))?;
        let replica = self.groups.get(&GroupId(group));
        let replica = replica.map(|replica| replica.clone());
        replica.ok_or_else(|| refused(NO_SUCH_GROUP, "no replica of this group here"))
    }

    fn raft(&self, from: &mut Bytes) -> Result<Raft, Refused> {
        self.replica(from).map(|replica| replica.raft)
    }

    /// Answers one Raft call.
    ///
    /// `leader_lost` tells whether this node's link to a given node is broken: a voter that lost
    /// its leader grants votes at once instead of waiting for the lease to run out.
    pub(crate) async fn call(
        &self,
        kind: u8,
        mut message: Bytes,
        leader_lost: impl Fn(NodeId) -> bool,
    ) -> Result<Bytes, Refused> {
        let replica = self.replica(&mut message)?;
        let raft = &replica.raft;
        match kind {
            kinds::VOTE => {
                let mut request = vote_request_from(&mut message).map_err(malformed)?;
                replica.check_promise(&request)?;
                let leader = raft.current_leader().await.map(NodeId);
                request.leadership_transfer |= leader.is_some_and(leader_lost);
                vote(raft, request).await
            }
            kinds::PRE_VOTE => {
                let request = vote_request_from(&mut message).map_err(malformed)?;
                replica.check_promise(&request)?;
                let response = raft.pre_vote(request).await.map_err(stopped)?;
                Ok(vote_response_bytes(&response))
            }
            kinds::APPEND => {
                let request = append_request_from(message).map_err(malformed)?;
                append(raft, request).await
            }
            kinds::TRANSFER_LEADER => {
                let request = transfer_request_from(&mut message).map_err(malformed)?;
                raft.handle_transfer_leader(request)
                    .await
                    .map_err(stopped)?
                    .map_err(|error| refused(STOPPED, error))?;
                Ok(Bytes::new())
            }
            _ => Err(refused(MALFORMED, "unknown kind of call")),
        }
    }

    /// Serves an append stream until either side ends it.
    pub(crate) async fn append_stream(&self, mut header: Bytes, stream: Stream) {
        let raft = match self.raft(&mut header) {
            Ok(raft) => raft,
            Err(_) => return, // dropping the stream resets it: the leader backs off
        };
        let (mut sender, receiver) = stream.split();
        let requests = requests(receiver);
        let mut results = std::pin::pin!(raft.stream_append(requests));
        while let Some(Ok(result)) = results.next().await {
            if sender.send(append_result_bytes(&result)).await.is_err() {
                return;
            }
        }
        let _ = sender.finish().await;
    }

    /// Receives and installs a snapshot; answers with this replica's vote.
    pub(crate) async fn snapshot(&self, header: Bytes, stream: Stream) {
        if let Err(error) = self.try_snapshot(header, stream).await {
            tracing::warn!(%error, "a snapshot was not installed");
        }
    }

    async fn try_snapshot(&self, mut header: Bytes, stream: Stream) -> Result<(), io::Error> {
        let raft = self.raft(&mut header).map_err(io::Error::other)?;
        let vote = get_vote(&mut header)?;
        let meta = get_snapshot_meta(&mut header)?;
        let mut import = raft
            .with_state_machine(|machine| {
                let import = machine.begin_import();
                Box::pin(async move { import })
            })
            .await
            .map_err(io::Error::other)??;
        let (mut sender, mut receiver) = stream.split();
        while let Some(chunk) = receiver.recv().await.map_err(io::Error::other)? {
            import = blocking::run(move || import.push(chunk).map(|()| import)).await??;
        }
        let import = blocking::run(move || import.finish().map(|()| import)).await??;
        let snapshot = Snapshot {
            meta,
            snapshot: SnapshotData::Received(import),
        };
        let answer = raft
            .install_full_snapshot(vote, snapshot)
            .await
            .map_err(io::Error::other)?;
        metrics::snapshot_installed();
        let mut out = BytesMut::new();
        put_vote(&mut out, &answer.vote);
        sender.send(out.freeze()).await.map_err(io::Error::other)?;
        sender.finish().await.map_err(io::Error::other)
    }
}

// === impl Replica ===

impl Replica {
    /// A replica that was removed from this node and came back has an empty log, but what it once
    /// acknowledged may have been committed with its help. For a candidate that lacks it, this voter
    /// is not there.
    fn check_promise(&self, request: &VoteRequest<TypeConfig>) -> Result<(), Refused> {
        if request.last_log_id < self.promised {
            let message = "this node has acknowledged entries that the candidate does not have";
            return Err(refused(BEHIND, message));
        }
        Ok(())
    }
}

/// The append requests of a stream; a malformed one ends it.
fn requests(
    receiver: StreamReceiver,
) -> impl futures::Stream<Item = AppendEntriesRequest<TypeConfig>> + Send + 'static {
    futures::stream::unfold(receiver, |mut receiver| async move {
        let bytes = receiver.recv().await.ok()??;
        match append_request_from(bytes) {
            Ok(request) => Some((request, receiver)),
            Err(error) => {
                tracing::error!(%error, "an append stream is cut");
                None
            }
        }
    })
}

async fn vote(raft: &Raft, request: VoteRequest<TypeConfig>) -> Result<Bytes, Refused> {
    let response = raft.vote(request).await.map_err(stopped)?;
    Ok(vote_response_bytes(&response))
}

async fn append(raft: &Raft, request: AppendEntriesRequest<TypeConfig>) -> Result<Bytes, Refused> {
    use openraft::entry::RaftEntry as _;
    let prev = request.prev_log_id;
    let last = request.entries.last().map(|entry| entry.log_id()).or(prev);
    let response = raft.append_entries(request).await.map_err(stopped)?;
    let result: StreamAppendResult<TypeConfig> = response.into_stream_result(prev, last);
    Ok(append_result_bytes(&result))
}

fn refused(code: u16, message: impl ToString) -> Refused {
    Refused {
        code,
        message: message.to_string(),
    }
}

fn malformed(error: Malformed) -> Refused {
    refused(MALFORMED, error)
}

fn stopped(error: impl std::error::Error) -> Refused {
    refused(STOPPED, error)
}
