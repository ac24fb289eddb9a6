//! From the leader to the edge.

use std::sync::Arc;
use std::time::Duration;

use roost_model::{ConnectionEpoch, Identity, NodeId};

use super::{desired, message, method};
use crate::context::Context;
use crate::wire::{self, Answer, Call, InvocationResult, Parcel};

/// How long an edge may take to say that it has something; it only has to queue it.
const DEADLINE: Duration = Duration::from_secs(5);

/// What became of something that was handed to an edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Delivered {
    /// It is in the session's inbox.
    Queued,
    /// The session is not at that edge (any more).
    NoSession,
    /// The session takes no more for now.
    Full,
    /// The edge did not answer: it may have it or not.
    Unreachable,
}

impl Context {
    /// Hands something to the edge that holds a session. Only the partition's leader may, and only
    /// behind a read barrier or a commit of its own term. What is handed over in one call stays in
    /// order; calls overtake each other.
    pub(crate) async fn deliver(
        self: &Arc<Self>,
        edge: NodeId,
        identity: Identity,
        epoch: ConnectionEpoch,
        parcel: Parcel,
    ) -> Delivered {
        if edge == self.cluster.me() {
            return accept(self, &identity, epoch, parcel);
        }
        let call = Call::Deliver {
            identity,
            epoch,
            parcel,
        };
        let answer = self
            .cluster
            .call(edge, wire::encode(&call), DEADLINE)
            .await
            .ok();
        match answer.and_then(|bytes| wire::decode::<Answer>(&bytes).ok()) {
            Some(Answer::Done) => Delivered::Queued,
            Some(Answer::NoSuchSession) => Delivered::NoSession,
            Some(Answer::Full) => Delivered::Full,
            _ => Delivered::Unreachable,
        }
    }

    /// Brings the result of a method to the node that it was called through. Best effort: the caller
    /// has a deadline of its own.
    pub(crate) async fn return_result(
        &self,
        caller: NodeId,
        number: u64,
        result: InvocationResult,
    ) {
        if caller == self.cluster.me() {
            self.invocations.resolve(number, result);
            return;
        }
        let call = Call::MethodResult { number, result };
        let told = self
            .cluster
            .call(caller, wire::encode(&call), DEADLINE)
            .await;
        if let Err(error) = told {
            tracing::info!(%caller, %error, "the result of a method did not reach its caller");
        }
    }
}

/// Takes a parcel in for a session of this node.
pub(crate) fn accept(
    context: &Arc<Context>,
    identity: &Identity,
    epoch: ConnectionEpoch,
    parcel: Parcel,
) -> Delivered {
    let Some(slot) = context.sessions.get(identity, epoch) else {
        return Delivered::NoSession;
    };
    let queued = match parcel {
        Parcel::Method(invocation) => method::accept(context, &slot, invocation),
        Parcel::Messages(messages) => message::accept(&slot, messages),
        Parcel::Desired { version, patch } => {
            desired::accept(context, &slot, version, patch.into());
            true
        }
    };
    if queued {
        Delivered::Queued
    } else {
        Delivered::Full
    }
}

impl From<Delivered> for Answer {
    fn from(delivered: Delivered) -> Answer {
        match delivered {
            Delivered::Queued => Answer::Done,
            Delivered::Full => Answer::Full,
            Delivered::NoSession | Delivered::Unreachable => Answer::NoSuchSession,
        }
    }
}
