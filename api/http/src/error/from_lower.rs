use actix_web::http::StatusCode;
use roost_actors::client::HubError;
use roost_edge::Refusal;
use roost_model::ErrorCode;

use super::{ApiError, Code};
use crate::AdminError;

impl From<HubError> for ApiError {
    fn from(error: HubError) -> Self {
        let code = Code::from(error.code());
        if code.status().is_server_error() {
            ApiError::new(code, "the hub could not complete the request, try again").because(error)
        } else {
            ApiError::new(code, error.to_string())
        }
    }
}

/// The reason of a refused credential stays in the log: the text would help whoever guesses.
impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        let code = Code::from(refusal.code());
        let text = match code.status() {
            StatusCode::UNAUTHORIZED => "the credentials were not accepted",
            status if status.is_server_error() => "the hub could not complete the request",
            _ => return ApiError::new(code, refusal.to_string()),
        };
        ApiError::new(code, text).because(refusal)
    }
}

impl From<AdminError> for ApiError {
    fn from(error: AdminError) -> Self {
        let code = match &error {
            AdminError::Invalid(_) => ErrorCode::ArgumentInvalid.into(),
            AdminError::UnknownNode(_) => Code::NOT_FOUND,
            AdminError::Conflict(_) => Code::CONFLICT,
            AdminError::Unavailable(_) => ErrorCode::ServiceUnavailable.into(),
        };
        ApiError::new(code, error.to_string())
    }
}
