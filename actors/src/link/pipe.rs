//! The connection of a link to a leader, which may be this very node.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::{BufMut as _, Bytes, BytesMut};
use roost_cluster::rpc::{StreamReceiver, StreamSender};
use roost_cluster::{Exceptions, ProposeError, Role};
use roost_model::{NodeId, PartitionId};
use roost_partition::AppendEvents;
use tokio::sync::{oneshot, watch};

use crate::context::Context;
use crate::leadership::Leadership;
use crate::wire::AppendAnswer;

/// The pipe takes no more; what it did not answer must go elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PipeEnd;

/// Frames in, answers out, both in order.
pub(super) enum Pipe {
    /// The leader is on this node: straight into its proposer.
    Local(Box<Local>),
    /// The leader is elsewhere.
    Remote {
        leader: NodeId,
        sender: StreamSender,
        receiver: StreamReceiver,
    },
}

pub(super) struct Local {
    leadership: Leadership,
    pending: VecDeque<oneshot::Receiver<Result<Exceptions, ProposeError>>>,
    role: watch::Receiver<Role>,
}

// === impl Pipe ===

impl Pipe {
    pub(super) async fn open(
        context: &Arc<Context>,
        partition: PartitionId,
        leader: NodeId,
    ) -> Option<Pipe> {
        if leader == context.cluster.me() {
            let leadership = context.directory.get(partition)?.leadership;
            let role = leadership.handle.role();
            let local = Local {
                leadership,
                pending: VecDeque::new(),
                role,
            };
            return Some(Pipe::Local(Box::new(local)));
        }
        let mut header = BytesMut::with_capacity(2);
        header.put_u16_le(partition.get());
        let stream = context.cluster.open(leader, header.freeze()).await.ok()?;
        let (sender, receiver) = stream.split();
        Some(Pipe::Remote {
            leader,
            sender,
            receiver,
        })
    }

    /// The node at the other end.
    pub(super) fn leader(&self) -> NodeId {
        match self {
            Pipe::Local(local) => local.leadership.context.cluster.me(),
            Pipe::Remote { leader, .. } => *leader,
        }
    }

    /// Sends a frame of `count` records: `[count u32][records]`.
    pub(super) async fn send(&mut self, count: u32, frame: Bytes) -> Result<(), PipeEnd> {
        match self {
            Pipe::Remote { sender, .. } => sender.send(frame).await.map_err(|_| PipeEnd),
            Pipe::Local(local) => {
                let append = AppendEvents {
                    count,
                    records: frame.slice(4..),
                };
                let leadership = &local.leadership;
                let pending = leadership.handle.append(leadership.term, append).await;
                local.pending.push_back(pending.map_err(|_| PipeEnd)?);
                Ok(())
            }
        }
    }

    /// The answer to the oldest unanswered frame. Cancel-safe.
    pub(super) async fn next(&mut self) -> Result<Exceptions, PipeEnd> {
        match self {
            Pipe::Remote { receiver, .. } => {
                let bytes = receiver.recv().await.map_err(|_| PipeEnd)?.ok_or(PipeEnd)?;
                match AppendAnswer::decode(bytes) {
                    Some(AppendAnswer::Taken(exceptions)) => Ok(exceptions),
                    _ => Err(PipeEnd),
                }
            }
            Pipe::Local(local) => local.next().await,
        }
    }
}

// === impl Local ===

impl Local {
    async fn next(&mut self) -> Result<Exceptions, PipeEnd> {
        let Some(oldest) = self.pending.front_mut() else {
            // Idle: only the end of the leadership can happen.
            let led = Role::Leader {
                term: self.leadership.term,
            };
            let _ = self.role.wait_for(|role| *role != led).await;
            return Err(PipeEnd);
        };
        let answer = oldest.await;
        self.pending.pop_front();
        answer.map_err(|_| PipeEnd)?.map_err(|_| PipeEnd)
    }
}
