//! The leader's side of Raft traffic: one client per group and peer over the node's mux.

use std::future::Future;
use std::io;

use bytes::{BufMut, Bytes, BytesMut};
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use futures::{Stream, StreamExt as _};
use openraft::errors::{NetworkError, RPCError, ReplicationClosed, StreamingError, Unreachable};
use openraft::network::{RPCOption, RaftNetworkFactory, RaftNetworkV2};
use openraft::raft::{
    AppendEntriesRequest, AppendEntriesResponse, SnapshotResponse, StreamAppendResult,
    TransferLeaderRequest, TransferLeaderResponse, VoteRequest, VoteResponse,
};
use openraft::{EmptyNode, OptionalSend};
use roost_engine::GroupId;
use roost_model::NodeId;

use super::encoding::{
    append_request_bytes, append_result_from, get_vote, put_snapshot_meta, put_vote,
    transfer_request_bytes, vote_request_bytes, vote_response_from,
};
use super::machine::Export;
use super::snapshot::SnapshotData;
use super::types::{TypeConfig, Vote};
use crate::blocking;
use crate::kinds;
use crate::metrics;
use crate::rpc::{CallError, Lane, Network, Stream as RpcStream, StreamReceiver};

type Snapshot = openraft::alias::SnapshotOf<TypeConfig, SnapshotData>;
type AppendStream<'s> = BoxStream<'s, Result<StreamAppendResult<TypeConfig>, RPCError<TypeConfig>>>;

/// Makes the clients of one group.
#[derive(Debug, Clone)]
pub(crate) struct PeerFactory {
    pub(crate) group: GroupId,
    pub(crate) network: Network,
}

/// Raft's requests of one group to one peer.
#[derive(Debug)]
pub(crate) struct PeerClient {
    group: GroupId,
    target: NodeId,
    network: Network,
}

// === impl PeerFactory ===

impl RaftNetworkFactory<TypeConfig> for PeerFactory {
    type Network = PeerClient;

    async fn new_client(&mut self, target: u64, _node: &EmptyNode) -> PeerClient {
        PeerClient {
            group: self.group,
            target: NodeId(target),
            network: self.network.clone(),
        }
    }
}

// === impl PeerClient ===

impl PeerClient {
    /// A message to the group's replica at the peer.
    fn addressed(&self, message: &[u8]) -> Bytes {
        let mut out = BytesMut::with_capacity(message.len() + 4);
        out.put_u32_le(self.group.0);
        out.put_slice(message);
        out.freeze()
    }

    async fn call(
        &self,
        kind: u8,
        message: Bytes,
        option: RPCOption,
    ) -> Result<Bytes, RPCError<TypeConfig>> {
        let payload = self.addressed(&message);
        self.network
            .call(self.target, kind, payload, option.hard_ttl())
            .await
            .map_err(rpc_error)
    }

    async fn send_snapshot(
        &self,
        vote: Vote,
        snapshot: Snapshot,
    ) -> Result<SnapshotResponse<TypeConfig>, StreamingError<TypeConfig>> {
        let SnapshotData::Outgoing(export) = snapshot.snapshot else {
            let error = io::Error::other("only a local view can be sent");
            return Err(StreamingError::Unreachable(Unreachable::new(&error)));
        };
        let mut header = BytesMut::new();
        header.put_u32_le(self.group.0);
        put_vote(&mut header, &vote);
        put_snapshot_meta(&mut header, &snapshot.meta);
        let stream = self
            .network
            .open(self.target, Lane::Bulk, kinds::SNAPSHOT, header.freeze())
            .await
            .map_err(|error| StreamingError::from(rpc_error(error)))?;
        let answer = stream_export(stream, export).await;
        let mut answer =
            answer.map_err(|error| StreamingError::Unreachable(Unreachable::new(&error)))?;
        let vote = get_vote(&mut answer)
            .map_err(|error| StreamingError::Network(NetworkError::new(&error)))?;
        metrics::snapshot_sent();
        Ok(SnapshotResponse { vote })
    }
}

/// Sends every chunk, waits for credit in between, and returns the peer's one answer.
async fn stream_export(stream: RpcStream, mut export: Export) -> Result<Bytes, io::Error> {
    let (mut sender, mut receiver) = stream.split();
    loop {
        // The next chunk is read from disk; only as many are in memory as the peer gave credit.
        let (rest, chunk) = blocking::run(move || {
            let chunk = export.next_chunk();
            (export, chunk)
        })
        .await?;
        export = rest;
        match chunk? {
            Some(chunk) => sender.send(chunk).await.map_err(io::Error::other)?,
            None => break,
        }
    }
    sender.finish().await.map_err(io::Error::other)?;
    let answer = receiver.recv().await.map_err(io::Error::other)?;
    answer.ok_or_else(|| io::Error::other("the peer did not install the snapshot"))
}

fn rpc_error(error: CallError) -> RPCError<TypeConfig> {
    match error {
        CallError::TimedOut => RPCError::Network(NetworkError::new(&error)),
        error => RPCError::Unreachable(Unreachable::new(&error)),
    }
}

fn malformed(error: super::encoding::Malformed) -> RPCError<TypeConfig> {
    RPCError::Network(NetworkError::new(&error))
}

/// Ends the task that feeds a stream when nobody listens to its answers any more.
struct AbortOnDrop(tokio::task::JoinHandle<()>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

fn answers<'s>(receiver: StreamReceiver, feeder: AbortOnDrop) -> AppendStream<'s> {
    futures::stream::unfold(Some((receiver, feeder)), |state| async move {
        let (mut receiver, feeder) = state?;
        match receiver.recv().await {
            Ok(Some(bytes)) => {
                let result = append_result_from(bytes).map_err(malformed);
                Some((result, Some((receiver, feeder))))
            }
            Ok(None) => None,
            Err(error) => {
                let error = io::Error::other(error);
                Some((Err(RPCError::Unreachable(Unreachable::new(&error))), None))
            }
        }
    })
    .boxed()
}

impl RaftNetworkV2<TypeConfig> for PeerClient {
    type SnapshotData = SnapshotData;

    async fn append_entries(
        &mut self,
        request: AppendEntriesRequest<TypeConfig>,
        option: RPCOption,
    ) -> Result<AppendEntriesResponse<TypeConfig>, RPCError<TypeConfig>> {
        let message = append_request_bytes(&request);
        let answer = self.call(kinds::APPEND, message, option).await?;
        Ok(append_result_from(answer).map_err(malformed)?.into())
    }

    /// Sends without waiting for answers; the mux keeps both directions in order.
    fn stream_append<'s, S>(
        &'s mut self,
        mut input: S,
        _option: RPCOption,
    ) -> BoxFuture<'s, Result<AppendStream<'s>, RPCError<TypeConfig>>>
    where
        S: Stream<Item = AppendEntriesRequest<TypeConfig>> + OptionalSend + Unpin + 'static,
    {
        Box::pin(async move {
            // The input applies the back-off: who opens the stream before asking for the first
            // request never waits, and spins for as long as the peer is down.
            let Some(first) = input.next().await else {
                return Ok(futures::stream::empty().boxed());
            };
            let header = self.addressed(&[]);
            let stream = self
                .network
                .open(self.target, Lane::Control, kinds::APPEND_STREAM, header)
                .await
                .map_err(rpc_error)?;
            let (mut sender, receiver) = stream.split();
            let feeder = tokio::spawn(async move {
                let mut next = Some(first);
                while let Some(request) = next {
                    if sender.send(append_request_bytes(&request)).await.is_err() {
                        return;
                    }
                    next = input.next().await;
                }
                // The receiving half reports why a stream ended early.
                let _ = sender.finish().await;
            });
            Ok(answers(receiver, AbortOnDrop(feeder)))
        })
    }

    async fn vote(
        &mut self,
        request: VoteRequest<TypeConfig>,
        option: RPCOption,
    ) -> Result<VoteResponse<TypeConfig>, RPCError<TypeConfig>> {
        let answer = self
            .call(kinds::VOTE, vote_request_bytes(&request), option)
            .await?;
        vote_response_from(answer).map_err(malformed)
    }

    async fn pre_vote(
        &mut self,
        request: VoteRequest<TypeConfig>,
        option: RPCOption,
    ) -> Result<VoteResponse<TypeConfig>, RPCError<TypeConfig>> {
        let answer = self
            .call(kinds::PRE_VOTE, vote_request_bytes(&request), option)
            .await?;
        vote_response_from(answer).map_err(malformed)
    }

    async fn full_snapshot(
        &mut self,
        vote: Vote,
        snapshot: Snapshot,
        cancel: impl Future<Output = ReplicationClosed> + OptionalSend + 'static,
        _option: RPCOption,
    ) -> Result<SnapshotResponse<TypeConfig>, StreamingError<TypeConfig>> {
        tokio::select! {
            closed = cancel => Err(StreamingError::Closed(closed)),
            answer = self.send_snapshot(vote, snapshot) => answer,
        }
    }

    async fn transfer_leader(
        &mut self,
        request: TransferLeaderRequest<TypeConfig>,
        option: RPCOption,
    ) -> Result<TransferLeaderResponse<TypeConfig>, RPCError<TypeConfig>> {
        self.call(
            kinds::TRANSFER_LEADER,
            transfer_request_bytes(&request),
            option,
        )
        .await?;
        Ok(Ok(()))
    }
}
