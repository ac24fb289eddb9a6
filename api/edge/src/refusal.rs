//! Why the edge did not do what it was asked: the service's code, and a sentence for the log.

use roost_actors::{CloseReason, HubError, SendFailure, auth::AuthError};
use roost_model::ErrorCode;

/// A refusal. Each protocol maps the code to what it can say; the text is for people.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Refusal {
    code: ErrorCode,
    reason: String,
}

// === impl Refusal ===

impl Refusal {
    /// A refusal with the service's code for it.
    pub fn new(code: ErrorCode, reason: impl Into<String>) -> Refusal {
        Refusal {
            code,
            reason: reason.into(),
        }
    }

    /// The service's error code.
    pub fn code(&self) -> ErrorCode {
        self.code
    }

    /// Whether trying again later makes sense.
    pub fn is_transient(&self) -> bool {
        self.code.is_transient()
    }

    pub(crate) fn too_large(size: usize, limit: usize) -> Refusal {
        let reason = format!("the message has {size} bytes; at most {limit} are allowed");
        Refusal::new(ErrorCode::MessageTooLarge, reason)
    }

    pub(crate) fn stopping() -> Refusal {
        Refusal::new(ErrorCode::ServiceUnavailable, "the node is stopping")
    }

    pub(crate) fn other_hub(host: &str) -> Refusal {
        let host: String = host.chars().take(128).collect();
        Refusal::new(
            ErrorCode::IotHubNotFound,
            format!("there is no hub named {host:?} here"),
        )
    }
}

impl From<HubError> for Refusal {
    fn from(error: HubError) -> Refusal {
        Refusal::new(error.code(), error.to_string())
    }
}

impl From<AuthError> for Refusal {
    fn from(error: AuthError) -> Refusal {
        let code = match &error {
            AuthError::NotPermitted { .. } => ErrorCode::IotHubUnauthorizedAccess,
            _ => ErrorCode::IotHubUnauthorized,
        };
        Refusal::new(code, error.to_string())
    }
}

impl From<SendFailure> for Refusal {
    fn from(failure: SendFailure) -> Refusal {
        let SendFailure::Closed(reason) = failure;
        reason.into()
    }
}

impl From<CloseReason> for Refusal {
    fn from(reason: CloseReason) -> Refusal {
        Refusal::new(reason.code(), reason.to_string())
    }
}
