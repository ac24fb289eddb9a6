//! What peers ask of this node, by kind.

use std::sync::{Arc, Weak};

use bincode::{Decode, Encode};
use bytes::Bytes;
use roost_model::{Incarnation, NodeId, codec};

use crate::cluster::Shared;
use crate::failover;
use crate::hosting;
use crate::kinds;
use crate::raft::server::MALFORMED;
use crate::removal;
use crate::rpc::{Acceptor, Refused, Responder, Stream};

/// Refusal: the node is starting or stopping.
pub(crate) const NOT_READY: u16 = 10;
/// Refusal: the node does not lead the group that the call is for.
pub(crate) const NOT_LEADER: u16 = 11;

pub(crate) const PROBE_VERSION: u8 = 1;

/// What a node tells a peer that asks whether the cluster exists.
#[derive(Debug, Clone, Encode, Decode)]
pub(crate) struct ProbeAnswer {
    /// This node's meta replica belongs to a cluster already.
    pub(crate) initialized: bool,
    /// The incarnation under which the cluster knows the caller.
    pub(crate) caller: Option<Incarnation>,
}

/// Dispatches; holds the cluster weakly because the network it serves belongs to the cluster.
pub(crate) struct Inbound {
    pub(crate) shared: Weak<Shared>,
}

// === impl Inbound ===

impl Inbound {
    fn with(&self, reply: Responder, act: impl FnOnce(Arc<Shared>, Responder)) {
        match self.shared.upgrade() {
            Some(shared) => act(shared, reply),
            None => reply.send(Err(refused(NOT_READY, "the node is stopping"))),
        }
    }
}

impl Acceptor for Inbound {
    fn on_call(&self, from: NodeId, kind: u8, payload: Bytes, reply: Responder) {
        self.with(reply, |shared, reply| match kind {
            kinds::SERVICE_CALL => match shared.service.get() {
                Some(service) => {
                    service.call(from, payload, Box::new(move |answer| reply.send(answer)));
                }
                None => reply.send(Err(refused(NOT_READY, "the node is starting"))),
            },
            kinds::RELEASED => {
                let answer = hosting::answer_released(&shared, from, payload);
                reply.send(answer.map_err(|error| refused(MALFORMED, error)));
            }
            kinds::LOST_LINK => {
                let answer = failover::answer(&shared, payload);
                reply.send(answer.map_err(|error| refused(MALFORMED, error)));
            }
            _ => {
                tokio::spawn(async move {
                    let answer = match kind {
                        kinds::PROBE => Ok(probe(&shared, from).await),
                        kinds::LED => Ok(removal::answer(&shared).await),
                        kinds::META_PROPOSE => shared.propose_meta_here(payload).await,
                        _ => {
                            let lost = |node| !shared.network.is_up(node);
                            shared.server.call(kind, payload, lost).await
                        }
                    };
                    reply.send(answer);
                });
            }
        });
    }

    fn on_stream(&self, from: NodeId, kind: u8, header: Bytes, stream: Stream) {
        let Some(shared) = self.shared.upgrade() else {
            return;
        };
        match kind {
            kinds::SERVICE_STREAM => {
                if let Some(service) = shared.service.get() {
                    service.stream(from, header, stream);
                }
            }
            kinds::APPEND_STREAM => {
                let server = shared.server.clone();
                tokio::spawn(async move { server.append_stream(header, stream).await });
            }
            kinds::SNAPSHOT => {
                let server = shared.server.clone();
                tokio::spawn(async move { server.snapshot(header, stream).await });
            }
            kind => tracing::warn!(%from, kind, "a stream of an unknown kind is reset"),
        }
    }
}

async fn probe(shared: &Shared, caller: NodeId) -> Bytes {
    let meta = shared.meta_state();
    let answer = ProbeAnswer {
        initialized: shared.meta_initialized().await,
        caller: meta.nodes.get(&caller).map(|record| record.incarnation),
    };
    codec::encode(PROBE_VERSION, &answer).into()
}

pub(crate) fn refused(code: u16, message: impl ToString) -> Refused {
    Refused {
        code,
        message: message.to_string(),
    }
}
