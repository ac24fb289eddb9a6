//! Finds a partition's leader and asks it, here or on another node.

use std::sync::Arc;
use std::time::Duration;

use roost_cluster::rpc::CallError;
use roost_model::{NodeId, PartitionId};
use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::context::Context;
use crate::partition::PartitionMessage;
use crate::read;
use crate::readers;
use crate::registry;
use crate::reply::ReplyPort;
use crate::twin;
use crate::wire::{self, Answer, Call, Refused, Request};

/// Asks whoever seems to lead right now, once.
pub(crate) async fn ask_once(
    context: &Arc<Context>,
    partition: PartitionId,
    request: Request,
    give_up: Instant,
) -> Answer {
    let me = context.cluster.me();
    match context.cluster.route(partition) {
        None => Answer::Refused(Refused::NotLeader(None)),
        Some(node) if node == me => {
            // A leader that has lost its majority waits for it, and would for ever.
            let harmless = request.is_repeatable();
            let asked = ask_here(context, partition, request);
            match tokio::time::timeout_at(give_up, asked).await {
                Ok(answer) => answer,
                Err(_) if harmless => Answer::Refused(Refused::NotLeader(None)),
                Err(_) => Answer::Refused(Refused::Unknown),
            }
        }
        Some(node) => ask_there(context, node, partition, request, give_up).await,
    }
}

async fn ask_here(context: &Arc<Context>, partition: PartitionId, request: Request) -> Answer {
    let (send, answer) = oneshot::channel();
    let reply = ReplyPort::new(move |answer| drop(send.send(answer)));
    serve(context, partition, request, reply);
    answer.await.unwrap_or(Answer::Refused(Refused::Unknown))
}

async fn ask_there(
    context: &Context,
    node: NodeId,
    partition: PartitionId,
    request: Request,
    give_up: Instant,
) -> Answer {
    let harmless = request.is_repeatable();
    let deadline = give_up
        .saturating_duration_since(Instant::now())
        .max(Duration::from_millis(1));
    let payload = wire::encode(&Call::Partition(partition, request));
    let answer = match context.cluster.call(node, payload, deadline).await {
        Ok(bytes) => wire::decode::<Answer>(&bytes).unwrap_or(Answer::Refused(Refused::Unknown)),
        // Nothing was sent, or the node is not serving yet.
        Err(CallError::Unreachable | CallError::Refused { .. }) => {
            Answer::Refused(Refused::NotLeader(None))
        }
        Err(_) if harmless => Answer::Refused(Refused::NotLeader(None)),
        Err(_) => Answer::Refused(Refused::Unknown),
    };
    if let Answer::Refused(Refused::NotLeader(leader)) = &answer {
        context.cluster.misrouted(partition, node, *leader);
    }
    answer
}

/// Takes a request for a partition that this node should lead. Must not block.
pub(crate) fn serve(
    context: &Arc<Context>,
    partition: PartitionId,
    request: Request,
    reply: ReplyPort,
) {
    let Some(leading) = context.directory.get(partition) else {
        let hint = context
            .cluster
            .route(partition)
            .filter(|node| *node != context.cluster.me());
        return reply.refuse(Refused::NotLeader(hint));
    };
    if let Request::Registry(request) = request {
        context.runtime.spawn(async move {
            match registry::serve(&leading.leadership, request).await {
                Ok(answer) => reply.send(answer),
                Err(refused) => reply.refuse(refused),
            }
        });
    } else if let Request::Twin(request) = request {
        let leadership = leading.leadership;
        context.runtime.spawn(async move {
            reply.settle(twin::answer(&leadership, request).await);
        });
    } else if let Request::Readers(request) = request {
        context.runtime.spawn(async move {
            reply.settle(readers::serve(leading, request).await);
        });
    } else if request.is_read() {
        let leadership = leading.leadership;
        context.runtime.spawn(async move {
            reply.settle(read::read(&leadership, request).await);
        });
    } else if let Err(error) = leading
        .actor
        .cast(PartitionMessage::Request(Box::new(request), reply))
    {
        // The message, and with it the reply port, is dropped: the port answers by itself.
        tracing::debug!(%partition, %error, "the partition's actor has just stopped");
    }
}

// === impl Request ===

impl Request {
    /// Whether it only looks.
    pub(crate) fn is_read(&self) -> bool {
        if let Request::Queue(request) = self {
            return request.is_for_leader();
        }
        matches!(
            self,
            Request::Identity(_)
                | Request::Identities { .. }
                | Request::Modules(_)
                | Request::Statistics
                | Request::PartitionInfo
                | Request::Checkpoint(_)
                | Request::SetCheckpoint(..)
                | Request::DeleteCheckpoint(_)
                | Request::Query(_)
                | Request::Uphold { .. }
        )
    }

    /// Whether doing it twice is the same as doing it once.
    fn is_repeatable(&self) -> bool {
        if let Request::Queue(request) = self {
            return request.is_repeatable();
        }
        if let Request::Registry(request) = self {
            return request.is_repeatable();
        }
        self.is_read()
            || matches!(self, Request::Twin(request) if request.only_looks())
            || matches!(
                self,
                Request::Attach(_)
                    | Request::Detach { .. }
                    | Request::AttachMany { .. }
                    | Request::Subscribe { .. }
                    | Request::Prove { .. }
                    | Request::Readers(_)
            )
    }
}
