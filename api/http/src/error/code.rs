use actix_web::http::StatusCode;
use roost_model::ErrorCode;

/// The name, number and status of a refusal.
///
/// Most come from [`ErrorCode`]. The ones here are answers of HTTP itself; their names are those
/// of the service SDK's error enumeration, because that SDK looks the header's name up there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Code {
    pub(crate) number: u32,
    pub(crate) name: &'static str,
    status: u16,
}

impl Code {
    pub(crate) const BAD_REQUEST: Code = Code::new(400, 400_000, "GenericBadRequest");
    pub(crate) const FORBIDDEN: Code = Code::new(403, 403_000, "GenericForbidden");
    pub(crate) const NOT_FOUND: Code = Code::new(404, 404_000, "GenericNotFound");
    pub(crate) const METHOD_NOT_ALLOWED: Code = Code::new(405, 405_000, "GenericMethodNotAllowed");
    pub(crate) const CONFLICT: Code = Code::new(409, 409_000, "GenericConflict");
    pub(crate) const TOO_LARGE: Code = Code::new(413, 413_000, "GenericRequestEntityTooLarge");

    const fn new(status: u16, number: u32, name: &'static str) -> Self {
        Code {
            number,
            name,
            status,
        }
    }

    /// The code for an answer that only has a status, from the framework below the routes.
    pub(crate) fn of_status(status: StatusCode) -> Self {
        match status.as_u16() {
            403 => Code::FORBIDDEN,
            404 => Code::NOT_FOUND,
            405 => Code::METHOD_NOT_ALLOWED,
            408 => ErrorCode::RequestTimedOut.into(),
            409 => Code::CONFLICT,
            413 => Code::TOO_LARGE,
            415 => ErrorCode::GenericUnsupportedMediaType.into(),
            503 => ErrorCode::ServiceUnavailable.into(),
            500.. => ErrorCode::ServerError.into(),
            _ => Code::BAD_REQUEST,
        }
    }

    pub(crate) fn status(self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

impl From<ErrorCode> for Code {
    fn from(code: ErrorCode) -> Self {
        Code {
            number: code.number(),
            name: code.name(),
            status: code.http_status(),
        }
    }
}
