//! A direct method at the device's edge.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::oneshot;

use super::Delivery;
use crate::context::Context;
use crate::session::SessionSlot;
use crate::wire::{Invocation, InvocationResult};

/// The device is to do something and to say how it went.
#[derive(Debug)]
pub struct MethodRequest {
    /// What, in the device's own words.
    pub name: String,
    /// JSON; `null` when the caller gave nothing.
    pub payload: Bytes,
    /// Where the answer goes.
    pub reply: MethodReply,
}

/// Takes the device's answer. Dropped without one, it says that the connection ended.
#[derive(Debug)]
pub struct MethodReply(oneshot::Sender<InvocationResult>);

impl MethodReply {
    /// Sends the device's answer to the caller, who may have given up. `payload` is JSON, or empty
    /// for `null`.
    pub fn send(self, status: i32, payload: Vec<u8>) {
        let _ = self.0.send(InvocationResult::Answered { status, payload });
    }

    /// Whether nobody waits for the answer any more.
    pub fn is_over(&self) -> bool {
        self.0.is_closed()
    }
}

impl MethodRequest {
    fn new(name: String, payload: Vec<u8>) -> (Self, oneshot::Receiver<InvocationResult>) {
        let (send, answer) = oneshot::channel();
        let request = Self {
            name,
            payload: payload.into(),
            reply: MethodReply(send),
        };
        (request, answer)
    }

    #[cfg(test)]
    pub(crate) fn for_test(name: &str) -> (Self, oneshot::Receiver<InvocationResult>) {
        Self::new(name.to_owned(), b"null".to_vec())
    }
}

/// Puts an invocation into a session's inbox and sees to its result. False when the device has as
/// many calls open as it may.
pub(super) fn accept(
    context: &Arc<Context>,
    slot: &Arc<SessionSlot>,
    invocation: Invocation,
) -> bool {
    let Some(open) = slot.open_method(context.limits.max_methods_in_flight) else {
        return false;
    };
    let Invocation {
        caller,
        number,
        name,
        payload,
        response_ms,
        ..
    } = invocation;
    let (request, answer) = MethodRequest::new(name, payload);
    if slot.inbox.push(Delivery::Method(request)).is_err() {
        return false;
    }
    let waiting = Arc::clone(context);
    context.runtime.spawn(async move {
        let limit = Duration::from_millis(u64::from(response_ms));
        let result = match tokio::time::timeout(limit, answer).await {
            Ok(Ok(answered)) => answered,
            Ok(Err(_)) => InvocationResult::ConnectionLost,
            Err(_) => InvocationResult::TimedOut,
        };
        drop(open);
        waiting.return_result(caller, number, result).await;
    });
    true
}
