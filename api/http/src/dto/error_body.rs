use serde::Serialize;
use utoipa::ToSchema;

/// The body of every refusal.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Error)]
pub(crate) struct ErrorBody {
    /// `ErrorCode:<name>;<text>`
    #[serde(rename = "Message")]
    #[schema(example = "ErrorCode:DeviceNotFound;dev1")]
    pub(crate) message: String,
    /// Ties the answer to a line in the log.
    #[serde(rename = "ExceptionMessage")]
    pub(crate) exception_message: String,
    /// Six digits; the first three are the HTTP status.
    #[serde(rename = "errorCode")]
    #[schema(example = 404001)]
    pub(crate) error_code: u32,
}

impl ErrorBody {
    pub(crate) fn to_json(&self) -> String {
        // Two strings and a number always serialise.
        serde_json::to_string(self).unwrap_or_default()
    }
}
