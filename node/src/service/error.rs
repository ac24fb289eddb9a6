//! Why a call to a hub failed, in words that say what to do.

use std::error::Error;
use std::path::PathBuf;

use reqwest::StatusCode;
use roost_model::{InvalidConnectionString, InvalidHubName};
use serde::Deserialize;

use crate::files::FileError;

/// Why a command could not talk to the hub, or what the hub refused.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ServiceError {
    #[error(
        "there is no connection string: give --connection-string, set ROOST_CONNECTION_STRING, or start a development cluster with `roost dev` (looked for {})",
        .0.display()
    )]
    NoTarget(PathBuf),
    #[error("{0}")]
    Manifest(String),
    #[error("the connection string is not valid: {0}")]
    ConnectionString(#[from] InvalidConnectionString),
    #[error("--via: {0}")]
    Via(#[from] InvalidHubName),
    #[error(
        "this connection string belongs to a device; a shared access policy's is needed (…;SharedAccessKeyName=…)"
    )]
    NotAPolicy,
    #[error(transparent)]
    File(#[from] FileError),
    #[error("{} holds no certificate in PEM form", .0.display())]
    NoCertificate(PathBuf),
    #[error("cannot set up the HTTPS client: {0}")]
    Client(reqwest::Error),
    #[error("cannot reach {address}: {reason}; is the hub running?")]
    Unreachable { address: String, reason: String },
    #[error(
        "{address} shows a certificate that is not trusted ({reason}); give its authority with --ca FILE"
    )]
    Untrusted { address: String, reason: String },
    #[error("{address} did not answer in time")]
    TimedOut { address: String },
    #[error("{0}")]
    Refused(Refusal),
    #[error("the answer of {address} cannot be understood: {reason}")]
    Answer { address: String, reason: String },
}

/// An answer that says no.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    /// Name of the service's error code, such as `DeviceNotFound`.
    pub(crate) code: Option<String>,
    text: String,
}

impl Refusal {
    /// Reads the service's error body; anything else is quoted as it is.
    pub(super) fn new(status: StatusCode, body: &str) -> Self {
        #[derive(Deserialize)]
        struct Body {
            #[serde(rename = "Message")]
            message: String,
        }
        let Ok(Body { message }) = serde_json::from_str(body) else {
            let text = body.trim().chars().take(200).collect();
            return Self {
                status,
                code: None,
                text,
            };
        };
        match message
            .strip_prefix("ErrorCode:")
            .and_then(|rest| rest.split_once(';'))
        {
            Some((code, text)) => Self {
                status,
                code: Some(code.to_owned()),
                text: text.trim().to_owned(),
            },
            None => Self {
                status,
                code: None,
                text: message,
            },
        }
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let status = self.status.as_u16();
        match &self.code {
            Some(code) => write!(f, "the hub refused: {code} ({status})")?,
            None => write!(f, "the hub refused with status {status}")?,
        }
        if !self.text.is_empty() {
            write!(f, ": {}", self.text)?;
        }
        match status {
            401 => {
                f.write_str("; check the connection string's key and the permissions of its policy")
            }
            429 | 503 => f.write_str("; try again in a moment"),
            _ => Ok(()),
        }
    }
}

impl ServiceError {
    /// Sorts a failed request into what the user can do about it.
    pub(super) fn transport(address: &str, error: &reqwest::Error) -> Self {
        let address = address.to_owned();
        let reason = root_cause(error);
        if error.is_timeout() {
            Self::TimedOut { address }
        } else if reason.contains("certificate") {
            Self::Untrusted { address, reason }
        } else if error.is_decode() || error.is_body() {
            Self::Answer { address, reason }
        } else {
            Self::Unreachable { address, reason }
        }
    }

    /// The reason that the hub gives in the last event of a stream: an error body, whose code starts
    /// with the HTTP status.
    pub(crate) fn from_event(body: &str) -> Self {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Code {
            error_code: u32,
        }
        let status = serde_json::from_str::<Code>(body)
            .ok()
            .and_then(|code| StatusCode::from_u16(u16::try_from(code.error_code / 1000).ok()?).ok())
            .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self::Refused(Refusal::new(status, body))
    }

    /// Whether another try may succeed without anything being changed.
    pub(crate) fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::TimedOut { .. } | Self::Answer { .. } => true,
            Self::Refused(refusal) => {
                refusal.status.is_server_error() || refusal.status.as_u16() == 429
            }
            _ => false,
        }
    }

    /// Whether the hub says that the identity exists already.
    pub(crate) fn is_conflict(&self) -> bool {
        matches!(self, Self::Refused(refusal) if refusal.status == StatusCode::CONFLICT)
    }
}

/// The innermost error says most: "connection refused", "invalid peer certificate: UnknownIssuer".
fn root_cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn Error = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_and_the_text_of_a_refusal_are_told() {
        let body = r#"{"Message":"ErrorCode:DeviceNotFound;dev1","ExceptionMessage":"Tracking ID:x","errorCode":404001}"#;
        let refusal = Refusal::new(StatusCode::NOT_FOUND, body);
        assert_eq!(
            refusal.to_string(),
            "the hub refused: DeviceNotFound (404): dev1"
        );
    }

    #[test]
    fn an_answer_of_something_else_is_quoted() {
        let refusal = Refusal::new(StatusCode::BAD_GATEWAY, "<html>no</html>\n");
        assert_eq!(
            refusal.to_string(),
            "the hub refused with status 502: <html>no</html>"
        );
        let refusal = Refusal::new(StatusCode::UNAUTHORIZED, "");
        assert!(
            refusal.to_string().contains("connection string"),
            "{refusal}"
        );
    }
}
