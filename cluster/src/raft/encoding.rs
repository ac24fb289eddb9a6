//! The byte forms of Raft's nouns, on the wire and in the log.
//!
//! An entry is encoded once by the leader; followers store and forward the same bytes:
//! `[version 1][kind][term u64][payload]`, its index being the log key. All integers are
//! little-endian. Decoding never panics: the bytes come from the network.

use std::collections::BTreeSet;

use bytes::{Buf, BufMut, Bytes, BytesMut};
use openraft::entry::RaftEntry as _;
use openraft::impls::leader_id_std;
use openraft::raft::{
    AppendEntriesRequest, StreamAppendError, StreamAppendResult, TransferLeaderRequest,
    VoteRequest, VoteResponse,
};
use openraft::vote::RaftLeaderId as _;
use openraft::{EmptyNode, EntryPayload};

use super::types::{
    CommittedLeaderId, Entry, LogId, Membership, Proposal, SnapshotMeta, StoredMembership,
    TypeConfig, Vote,
};

const ENTRY_VERSION: u8 = 1;
const BLANK: u8 = 0;
const COMMAND: u8 = 1;
const MEMBERSHIP: u8 = 2;

/// Bytes that are not what a peer or the disk should hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("malformed raft bytes: {0}")]
pub(crate) struct Malformed(pub(crate) &'static str);

impl From<bytes::TryGetError> for Malformed {
    fn from(_: bytes::TryGetError) -> Self {
        Malformed("too short")
    }
}

impl From<Malformed> for std::io::Error {
    fn from(error: Malformed) -> Self {
        std::io::Error::new(std::io::ErrorKind::InvalidData, error)
    }
}

// === votes and log ids ===

pub(crate) fn put_vote(out: &mut BytesMut, vote: &Vote) {
    out.put_u64_le(vote.leader_id.term);
    out.put_u64_le(vote.leader_id.voted_for);
    out.put_u8(u8::from(vote.committed));
}

pub(crate) fn get_vote(from: &mut Bytes) -> Result<Vote, Malformed> {
    let (term, voted_for) = (from.try_get_u64_le()?, from.try_get_u64_le()?);
    let committed = from.try_get_u8()? != 0;
    Ok(Vote {
        leader_id: leader_id_std::LeaderId { term, voted_for },
        committed,
    })
}

pub(crate) fn vote_bytes(vote: &Vote) -> Bytes {
    let mut out = BytesMut::with_capacity(17);
    put_vote(&mut out, vote);
    out.freeze()
}

pub(crate) fn log_id(term: u64, index: u64) -> LogId {
    let leader = leader_id_std::LeaderId { term, voted_for: 0 };
    LogId::new(leader.to_committed(), index)
}

pub(crate) fn term_of(leader: &CommittedLeaderId) -> u64 {
    leader.term
}

pub(crate) fn put_log_id(out: &mut BytesMut, id: Option<&LogId>) {
    match id {
        None => out.put_u8(0),
        Some(id) => {
            out.put_u8(1);
            out.put_u64_le(term_of(&id.leader_id));
            out.put_u64_le(id.index);
        }
    }
}

pub(crate) fn get_log_id(from: &mut Bytes) -> Result<Option<LogId>, Malformed> {
    match from.try_get_u8()? {
        0 => Ok(None),
        1 => Ok(Some(log_id(from.try_get_u64_le()?, from.try_get_u64_le()?))),
        _ => Err(Malformed("log id tag")),
    }
}

pub(crate) fn log_id_bytes(id: Option<&LogId>) -> Bytes {
    let mut out = BytesMut::with_capacity(17);
    put_log_id(&mut out, id);
    out.freeze()
}

// === membership ===

pub(crate) fn put_membership(out: &mut BytesMut, membership: &Membership) {
    let configs = membership.get_joint_config();
    out.put_u16_le(configs.len() as u16);
    for config in configs {
        out.put_u16_le(config.len() as u16);
        config.iter().for_each(|id| out.put_u64_le(*id));
    }
    let nodes: Vec<u64> = membership.nodes().map(|(id, _)| *id).collect();
    out.put_u16_le(nodes.len() as u16);
    nodes.iter().for_each(|id| out.put_u64_le(*id));
}

pub(crate) fn get_membership(from: &mut Bytes) -> Result<Membership, Malformed> {
    let mut configs = Vec::new();
    for _ in 0..from.try_get_u16_le()? {
        configs.push(get_node_set(from)?);
    }
    let nodes = get_node_set(from)?;
    let nodes = nodes.into_iter().map(|id| (id, EmptyNode {}));
    Membership::new(configs, nodes.collect::<std::collections::BTreeMap<_, _>>())
        .map_err(|_| Malformed("membership"))
}

fn get_node_set(from: &mut Bytes) -> Result<BTreeSet<u64>, Malformed> {
    let count = from.try_get_u16_le()?;
    (0..count).map(|_| Ok(from.try_get_u64_le()?)).collect()
}

pub(crate) fn put_stored_membership(out: &mut BytesMut, stored: &StoredMembership) {
    put_log_id(out, stored.log_id().as_ref());
    put_membership(out, stored.membership());
}

pub(crate) fn get_stored_membership(from: &mut Bytes) -> Result<StoredMembership, Malformed> {
    let log_id = get_log_id(from)?;
    Ok(StoredMembership::new(log_id, get_membership(from)?))
}

// === entries ===

pub(crate) fn entry_bytes(entry: &Entry) -> Bytes {
    let size = match &entry.payload {
        EntryPayload::Normal(Proposal(bytes)) => bytes.len(),
        _ => 64,
    };
    let mut out = BytesMut::with_capacity(size + 10);
    put_entry(&mut out, entry);
    out.freeze()
}

fn put_entry(out: &mut BytesMut, entry: &Entry) {
    let kind = match &entry.payload {
        EntryPayload::Blank => BLANK,
        EntryPayload::Normal(_) => COMMAND,
        EntryPayload::Membership(_) => MEMBERSHIP,
    };
    out.put_u8(ENTRY_VERSION);
    out.put_u8(kind);
    out.put_u64_le(term_of(&entry.log_id().leader_id));
    match &entry.payload {
        EntryPayload::Blank => {}
        EntryPayload::Normal(Proposal(bytes)) => out.put_slice(bytes),
        EntryPayload::Membership(membership) => put_membership(out, membership),
    }
}

pub(crate) fn entry_from(index: u64, mut bytes: Bytes) -> Result<Entry, Malformed> {
    if bytes.try_get_u8()? != ENTRY_VERSION {
        return Err(Malformed("unknown entry version"));
    }
    let kind = bytes.try_get_u8()?;
    let id = log_id(bytes.try_get_u64_le()?, index);
    let payload = match kind {
        BLANK => EntryPayload::Blank,
        COMMAND => EntryPayload::Normal(Proposal(bytes)),
        MEMBERSHIP => EntryPayload::Membership(get_membership(&mut bytes)?),
        _ => return Err(Malformed("unknown entry kind")),
    };
    Ok(Entry::new(id, payload))
}

// === append ===

pub(crate) fn append_request_bytes(request: &AppendEntriesRequest<TypeConfig>) -> Bytes {
    let mut out = BytesMut::with_capacity(64 + request.entries.len() * 64);
    put_vote(&mut out, &request.vote);
    put_log_id(&mut out, request.prev_log_id.as_ref());
    put_log_id(&mut out, request.leader_commit.as_ref());
    out.put_u32_le(request.entries.len() as u32);
    for entry in &request.entries {
        out.put_u64_le(entry.log_id().index);
        let at = out.len();
        out.put_u32_le(0);
        put_entry(&mut out, entry);
        let length = (out.len() - at - 4) as u32;
        out[at..at + 4].copy_from_slice(&length.to_le_bytes());
    }
    out.freeze()
}

pub(crate) fn append_request_from(
    mut bytes: Bytes,
) -> Result<AppendEntriesRequest<TypeConfig>, Malformed> {
    let vote = get_vote(&mut bytes)?;
    let prev_log_id = get_log_id(&mut bytes)?;
    let leader_commit = get_log_id(&mut bytes)?;
    let count = bytes.try_get_u32_le()?;
    let mut entries = Vec::with_capacity(count.min(4096) as usize);
    for _ in 0..count {
        let index = bytes.try_get_u64_le()?;
        let length = bytes.try_get_u32_le()? as usize;
        if bytes.len() < length {
            return Err(Malformed("entry longer than its frame"));
        }
        entries.push(entry_from(index, bytes.split_to(length))?);
    }
    Ok(AppendEntriesRequest {
        vote,
        prev_log_id,
        entries,
        leader_commit,
    })
}

pub(crate) fn append_result_bytes(result: &StreamAppendResult<TypeConfig>) -> Bytes {
    let mut out = BytesMut::with_capacity(18);
    match result {
        Ok(matched) => {
            out.put_u8(0);
            put_log_id(&mut out, matched.as_ref());
        }
        Err(StreamAppendError::Conflict(id)) => {
            out.put_u8(1);
            put_log_id(&mut out, Some(id));
        }
        Err(StreamAppendError::HigherVote(vote)) => {
            out.put_u8(2);
            put_vote(&mut out, vote);
        }
    }
    out.freeze()
}

pub(crate) fn append_result_from(
    mut bytes: Bytes,
) -> Result<StreamAppendResult<TypeConfig>, Malformed> {
    Ok(match bytes.try_get_u8()? {
        0 => Ok(get_log_id(&mut bytes)?),
        1 => {
            let id = get_log_id(&mut bytes)?.ok_or(Malformed("conflict without a log id"))?;
            Err(StreamAppendError::Conflict(id))
        }
        2 => Err(StreamAppendError::HigherVote(get_vote(&mut bytes)?)),
        _ => return Err(Malformed("append result tag")),
    })
}

// === elections ===

pub(crate) fn vote_request_bytes(request: &VoteRequest<TypeConfig>) -> Bytes {
    let mut out = BytesMut::with_capacity(36);
    put_vote(&mut out, &request.vote);
    put_log_id(&mut out, request.last_log_id.as_ref());
    out.put_u8(u8::from(request.leadership_transfer));
    out.freeze()
}

pub(crate) fn vote_request_from(bytes: &mut Bytes) -> Result<VoteRequest<TypeConfig>, Malformed> {
    let mut request = VoteRequest::new(get_vote(bytes)?, get_log_id(bytes)?);
    request.leadership_transfer = bytes.try_get_u8()? != 0;
    Ok(request)
}

pub(crate) fn vote_response_bytes(response: &VoteResponse<TypeConfig>) -> Bytes {
    let mut out = BytesMut::with_capacity(36);
    put_vote(&mut out, &response.vote);
    put_log_id(&mut out, response.last_log_id.as_ref());
    out.put_u8(u8::from(response.vote_granted));
    out.freeze()
}

pub(crate) fn vote_response_from(mut bytes: Bytes) -> Result<VoteResponse<TypeConfig>, Malformed> {
    let vote = get_vote(&mut bytes)?;
    let last_log_id = get_log_id(&mut bytes)?;
    let granted = bytes.try_get_u8()? != 0;
    Ok(VoteResponse::new(vote, last_log_id, granted))
}

pub(crate) fn transfer_request_bytes(request: &TransferLeaderRequest<TypeConfig>) -> Bytes {
    let mut out = BytesMut::with_capacity(48);
    put_vote(&mut out, request.from_leader());
    out.put_u64_le(*request.to_node_id());
    put_log_id(&mut out, request.last_log_id());
    out.freeze()
}

pub(crate) fn transfer_request_from(
    bytes: &mut Bytes,
) -> Result<TransferLeaderRequest<TypeConfig>, Malformed> {
    let from = get_vote(bytes)?;
    let to = bytes.try_get_u64_le()?;
    Ok(TransferLeaderRequest::new(from, to, get_log_id(bytes)?))
}

// === snapshots ===

pub(crate) fn put_snapshot_meta(out: &mut BytesMut, meta: &SnapshotMeta) {
    put_log_id(out, meta.last_log_id.as_ref());
    put_stored_membership(out, &meta.last_membership);
}

pub(crate) fn get_snapshot_meta(from: &mut Bytes) -> Result<SnapshotMeta, Malformed> {
    Ok(SnapshotMeta {
        last_log_id: get_log_id(from)?,
        last_membership: get_stored_membership(from)?,
    })
}

#[cfg(test)]
mod tests;
