//! What nodes say to each other about a hub: calls, their answers, and the append stream.
//!
//! The envelope is versioned; a node refuses what it does not know instead of guessing.

mod invocation;
mod queue;
mod twin;

use bincode::{Decode, Encode};
use bytes::{Buf as _, BufMut as _, Bytes, BytesMut};
use roost_cluster::Exceptions;
use roost_model::{
    AuthMethod, Channels, ConnectionEpoch, DeviceId, ErrorCode, Event, Generation, Identity,
    IdentityRecord, Incarnation, NodeId, PartitionId, Precondition, SequenceNumber, Timestamp,
    codec,
};
use roost_partition::{AppendRejection, DetachReason, Will};

use crate::client::{Checkpoint, IdentityDraft, PartitionInfo, RegistryStatistics};
use crate::credential::Credential;
use crate::query::{QueryAnswer, QueryRequest};
use crate::readers::{Denial, ReadersAnswer, ReadersRequest};
use crate::reading::EventsRequest;
use crate::registry::{RegistryAnswer, RegistryRequest};
use crate::session::CloseReason;
pub(crate) use invocation::{Invocation, InvocationResult};
pub(crate) use queue::{QueueAnswer, QueueLook, QueueRequest, QueueWork, SettledBy};
pub use twin::TwinChange;
pub(crate) use twin::{Document, Missed, TwinAnswer, TwinRequest};

pub(crate) const VERSION: u8 = 1;

/// A call to another node.
#[derive(Debug, Clone, Encode, Decode)]
pub(crate) enum Call {
    /// For the leader of a partition.
    Partition(PartitionId, Request),
    /// For the node that holds a device's socket: the session is over.
    Close {
        identity: Identity,
        epoch: ConnectionEpoch,
        reason: CloseReason,
    },
    /// For the node that holds a device's socket: something for the device.
    Deliver {
        identity: Identity,
        epoch: ConnectionEpoch,
        parcel: Parcel,
    },
    /// For the node that a direct method was called through.
    MethodResult {
        number: u64,
        result: InvocationResult,
    },
    /// Answer once you know the settings of this revision.
    Settled { revision: u64 },
    /// For any node that holds a replica of a partition: read events.
    Events(PartitionId, EventsRequest),
    /// For every edge: a partition's leader wants to know its readers.
    NameReaders(PartitionId),
    /// For the node that holds these readers of a partition: they have to go.
    Displace(PartitionId, Vec<(u64, Denial)>),
    /// For an edge: a partition's leader doubts the sessions that it holds, and wants them named.
    NameSessions(PartitionId),
}

/// What an edge is to hand to a device.
#[derive(Debug, Clone, Encode, Decode)]
pub(crate) enum Parcel {
    Method(Invocation),
    Messages(Vec<crate::client::ReceivedMessage>),
    /// The body of a notification of desired properties.
    Desired {
        version: u64,
        patch: Vec<u8>,
    },
}

/// What a partition's leader is asked.
#[derive(Debug, Clone, Encode, Decode)]
pub(crate) enum Request {
    Attach(AttachRequest),
    Detach {
        identity: Identity,
        epoch: ConnectionEpoch,
        why: DetachReason,
    },
    /// An edge names the sessions that it still holds.
    AttachMany {
        node: NodeId,
        incarnation: Incarnation,
        sessions: Vec<(Identity, ConnectionEpoch)>,
    },
    SendOnce {
        identity: Identity,
        credential: Credential,
        events: Vec<EventParts>,
    },
    CreateIdentity(IdentityDraft),
    UpdateIdentity(IdentityDraft, Precondition),
    DeleteIdentity(Identity, Precondition),
    Identity(Identity),
    Identities {
        after: Option<DeviceId>,
        limit: u32,
    },
    Modules(Identity),
    Statistics,
    PartitionInfo,
    Checkpoint(String),
    SetCheckpoint(String, SequenceNumber),
    DeleteCheckpoint(String),
    /// All that a session is subscribed to from now on.
    Subscribe {
        identity: Identity,
        epoch: ConnectionEpoch,
        channels: Channels,
    },
    Invoke(Identity, Invocation),
    Queue(QueueRequest),
    Registry(RegistryRequest),
    Twin(TwinRequest),
    Query(QueryRequest),
    /// Look through the sessions under the settings of this revision or later.
    Uphold {
        revision: u64,
    },
    /// A device shows a credential; a session that is named rests on it from now on.
    Prove {
        identity: Identity,
        credential: Credential,
        session: Option<ConnectionEpoch>,
    },
    Readers(ReadersRequest),
}

/// A device wants to be attached at an edge.
#[derive(Debug, Clone, Encode, Decode)]
pub(crate) struct AttachRequest {
    pub(crate) identity: Identity,
    pub(crate) credential: Credential,
    pub(crate) node: NodeId,
    pub(crate) incarnation: Incarnation,
    pub(crate) protocol: u8,
    pub(crate) clean: bool,
    pub(crate) model_id: Option<String>,
    pub(crate) will: Option<Will>,
}

/// An [`Event`] in its wire form.
#[derive(Debug, Clone, Encode, Decode)]
pub(crate) struct EventParts {
    pub(crate) system: Vec<(u8, String)>,
    pub(crate) properties: Vec<(String, Option<String>)>,
    pub(crate) body: Vec<u8>,
}

/// What the leader answers.
#[derive(Debug, Clone, Encode, Decode)]
pub(crate) enum Answer {
    Done,
    Attached(Attached),
    /// One entry for each session that the edge named.
    Confirmed(Vec<Option<CloseReason>>),
    Identity {
        record: IdentityRecord,
        connected: bool,
        /// Cloud-to-device messages in its queue.
        waiting: u32,
    },
    /// As [`Answer::Identity`].
    Identities(Vec<(IdentityRecord, bool, u32)>),
    Statistics(RegistryStatistics),
    PartitionInfo(PartitionInfo),
    Checkpoint(Option<Checkpoint>),
    Registry(RegistryAnswer),
    Query(QueryAnswer),
    /// The session in question is not at this edge.
    NoSuchSession,
    Refused(Refused),
    /// The session takes no more for now.
    Full,
    Queue(QueueAnswer),
    /// The subscriptions hold. `$version` of the desired properties, if they are among them.
    Subscribed(Option<u64>),
    Twin(TwinAnswer),
    Proved(Proved),
    /// Events that a replica has, the first batch cut to where the reader wants to begin.
    Page {
        batches: Vec<Vec<u8>>,
        next: SequenceNumber,
        info: PartitionInfo,
    },
    Readers(ReadersAnswer),
}

/// A credential that was checked and fits.
#[derive(Debug, Clone, Copy, Encode, Decode)]
pub(crate) struct Proved {
    pub(crate) auth: AuthMethod,
    pub(crate) expires_at: Timestamp,
}

/// A granted session.
#[derive(Debug, Clone, Encode, Decode)]
pub(crate) struct Attached {
    pub(crate) epoch: ConnectionEpoch,
    pub(crate) generation: Generation,
    pub(crate) auth: AuthMethod,
    pub(crate) expires_at: Option<Timestamp>,
    /// Subscriptions of the identity's last connection that hold for this one.
    pub(crate) resumed: Option<Channels>,
    /// `$version` of the desired properties, if they are among those.
    pub(crate) desired_version: Option<u64>,
}

/// Why the leader did not do it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) enum Refused {
    /// Ask the named node, or look again. Nothing was done.
    NotLeader(Option<NodeId>),
    /// It may or may not have been done.
    Unknown,
    /// A rule of the service says no.
    Rejected { code: u32, reason: String },
}

pub(crate) fn encode<T: Encode>(value: &T) -> Bytes {
    codec::encode(VERSION, value).into()
}

pub(crate) fn decode<T: Decode<()>>(bytes: &[u8]) -> Result<T, codec::CodecError> {
    codec::decode(VERSION, bytes).map(|(_, value)| value)
}

// === impl Refused ===

impl Refused {
    pub(crate) fn rejected(code: ErrorCode, reason: impl Into<String>) -> Refused {
        Refused::Rejected {
            code: code.number(),
            reason: reason.into(),
        }
    }
}

// === impl EventParts ===

impl From<&Event> for EventParts {
    fn from(event: &Event) -> EventParts {
        EventParts {
            system: event
                .system
                .iter()
                .map(|(key, value)| (key.code(), value.clone()))
                .collect(),
            properties: event.properties.clone(),
            body: event.body.to_vec(),
        }
    }
}

impl From<EventParts> for Event {
    fn from(parts: EventParts) -> Event {
        let system = parts.system.into_iter();
        Event {
            system: system
                .filter_map(|(code, value)| {
                    Some((roost_model::SystemProperty::from_code(code)?, value))
                })
                .collect(),
            properties: parts.properties,
            body: parts.body.into(),
        }
    }
}

// === the append stream ===
//
// header: [partition u16]
// edge → leader: [count u32][records]
// leader → edge, in order: [0][exceptions] or [1] = nothing more will be taken on this stream

/// What the leader answers to one frame of appended records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum AppendAnswer {
    /// Durable, but for the exceptions.
    Taken(Exceptions),
    /// The stream is over; what was not answered must be sent again, elsewhere.
    Stop,
}

pub(crate) fn append_frame<'a>(records: impl Iterator<Item = &'a Bytes> + Clone) -> Bytes {
    let size = records.clone().map(Bytes::len).sum::<usize>();
    let mut out = BytesMut::with_capacity(size + 4);
    out.put_u32_le(records.clone().count() as u32);
    records.for_each(|record| out.put_slice(record));
    out.freeze()
}

/// Splits a frame into its count and its records; none when malformed.
pub(crate) fn append_frame_from(mut frame: Bytes) -> Option<(u32, Bytes)> {
    let count = frame.try_get_u32_le().ok()?;
    Some((count, frame))
}

// === impl AppendAnswer ===

impl AppendAnswer {
    pub(crate) fn encode(&self) -> Bytes {
        let mut out = BytesMut::with_capacity(8);
        match self {
            AppendAnswer::Stop => out.put_u8(1),
            AppendAnswer::Taken(exceptions) => {
                out.put_u8(0);
                for (at, rejection) in exceptions {
                    out.put_u32_le(*at);
                    let (tag, value) = match rejection {
                        AppendRejection::Superseded => (0, 0),
                        AppendRejection::OutOfOrder { expected } => (1, *expected),
                        AppendRejection::UnknownIdentity => (2, 0),
                        AppendRejection::Disabled => (3, 0),
                    };
                    out.put_u8(tag);
                    out.put_u64_le(value);
                }
            }
        }
        out.freeze()
    }

    pub(crate) fn decode(mut bytes: Bytes) -> Option<AppendAnswer> {
        if bytes.try_get_u8().ok()? != 0 {
            return Some(AppendAnswer::Stop);
        }
        let mut exceptions = Vec::new();
        while !bytes.is_empty() {
            let at = bytes.try_get_u32_le().ok()?;
            let tag = bytes.try_get_u8().ok()?;
            let value = bytes.try_get_u64_le().ok()?;
            let rejection = match tag {
                0 => AppendRejection::Superseded,
                1 => AppendRejection::OutOfOrder { expected: value },
                2 => AppendRejection::UnknownIdentity,
                3 => AppendRejection::Disabled,
                _ => return None,
            };
            exceptions.push((at, rejection));
        }
        Some(AppendAnswer::Taken(exceptions))
    }
}

#[cfg(test)]
mod tests;
