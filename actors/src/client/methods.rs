//! Direct methods.

use std::time::Duration;

use roost_model::{ErrorCode, Identity};
use tokio::time::Instant;

use super::{HubClient, HubError, unexpected};
use crate::metrics;
use crate::wire::{Answer, Invocation, InvocationResult, Request};

/// A result is on its way for a moment after the device's time is over.
const SLACK: Duration = Duration::from_secs(5);

/// A direct method as its caller wants it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MethodCall {
    /// What to do, in the device's own words.
    pub name: String,
    /// JSON.
    pub payload: Vec<u8>,
    /// How long to wait for a device that is not online; whole milliseconds.
    pub connect_timeout: Duration,
    /// How long the device may take to answer; whole milliseconds.
    pub response_timeout: Duration,
}

/// A device's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MethodAnswer {
    /// Whatever the device says.
    pub status: i32,
    /// JSON, or empty for `null`.
    pub payload: Vec<u8>,
}

impl HubClient {
    /// Has a device or module do something, once or not at all, and waits for its answer.
    ///
    /// # Errors
    /// 404001 or 404010 for an unknown identity, 403012 for a disabled one, 404103 when it is not
    /// online within the connect timeout, 504101 when it does not answer in time or its connection
    /// ends first, 502000 when its answer is too large, 403800 when too many calls wait for it, 503001 when the leader changed meanwhile
    /// (the device may have been called).
    pub async fn invoke_method(
        &self,
        identity: &Identity,
        call: MethodCall,
    ) -> Result<MethodAnswer, HubError> {
        let begun = Instant::now();
        let answer = self.try_invoke(identity, call).await;
        match &answer {
            Ok(_) => {
                metrics::method_answered(begun.elapsed());
                metrics::method_finished("Answered");
            }
            Err(error) => metrics::method_finished(error.code().name()),
        }
        answer
    }

    async fn try_invoke(
        &self,
        identity: &Identity,
        call: MethodCall,
    ) -> Result<MethodAnswer, HubError> {
        let home = self.home(identity)?;
        let mut waiting = self.context.invocations.begin();
        let limit = call.connect_timeout + call.response_timeout + SLACK;
        let invocation = Invocation {
            caller: self.context.cluster.me(),
            number: waiting.number,
            name: call.name,
            payload: call.payload,
            connect_ms: milliseconds(call.connect_timeout),
            response_ms: milliseconds(call.response_timeout),
        };
        let request = Request::Invoke(identity.clone(), invocation);
        match self.ask(home, request).await? {
            Answer::Done => {}
            _ => return Err(unexpected()),
        }
        let result = match tokio::time::timeout(limit, &mut waiting.result).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) | Err(_) => InvocationResult::TimedOut,
        };
        let answer = answer(identity, result)?;
        let largest = self.context.limits.max_method_payload_bytes;
        if answer.payload.len() > largest {
            let reason = format!("the answer of {identity} has more than {largest} bytes");
            return Err(HubError::new(ErrorCode::GenericBadGateway, reason));
        }
        Ok(answer)
    }
}

fn milliseconds(duration: Duration) -> u32 {
    u32::try_from(duration.as_millis()).unwrap_or(u32::MAX)
}

fn answer(identity: &Identity, result: InvocationResult) -> Result<MethodAnswer, HubError> {
    let (code, reason) = match result {
        InvocationResult::Answered { status, payload } => {
            return Ok(MethodAnswer { status, payload });
        }
        InvocationResult::NotOnline => (
            ErrorCode::DeviceNotOnline,
            format!("{identity} is not online: it has no subscription to direct methods"),
        ),
        InvocationResult::TimedOut => (
            ErrorCode::GatewayTimeout,
            format!("{identity} did not answer in time"),
        ),
        InvocationResult::ConnectionLost => (
            ErrorCode::GatewayTimeout,
            format!("the connection of {identity} ended before it answered"),
        ),
        InvocationResult::TooMany => (
            ErrorCode::DeviceMaximumInFlightMethodsExceeded,
            format!("as many calls as may be wait for {identity}"),
        ),
        InvocationResult::Unknown => (
            ErrorCode::ServiceUnavailable,
            "the partition's leader changed; the device may or may not have been called".to_owned(),
        ),
    };
    Err(HubError::new(code, reason))
}
