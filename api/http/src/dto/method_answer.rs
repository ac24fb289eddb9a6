use roost_actors::client::MethodAnswer;
use roost_model::ErrorCode;
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::error::ApiError;

/// What the device answered.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DirectMethodResponse)]
pub(crate) struct MethodAnswerDocument {
    /// The device's own number.
    pub(crate) status: i32,
    /// The device's JSON.
    #[schema(value_type = serde_json::Value)]
    pub(crate) payload: Box<RawValue>,
}

impl MethodAnswerDocument {
    /// Errors: bad gateway when the device's payload is not JSON.
    pub(crate) fn new(answer: MethodAnswer) -> Result<Self, ApiError> {
        let payload = if answer.payload.iter().all(u8::is_ascii_whitespace) {
            Ok(RawValue::NULL.to_owned())
        } else {
            serde_json::from_slice(&answer.payload)
        };
        let not_json = |error| {
            let text = format!("the device's answer is not JSON: {error}");
            ApiError::new(ErrorCode::GenericBadGateway, text)
        };
        Ok(Self {
            status: answer.status,
            payload: payload.map_err(not_json)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(payload: &[u8]) -> Result<String, u32> {
        let answer = MethodAnswer {
            status: -1,
            payload: payload.to_vec(),
        };
        MethodAnswerDocument::new(answer)
            .map(|document| serde_json::to_string(&document).unwrap())
            .map_err(|error| error.code().number)
    }

    #[test]
    fn the_devices_json_is_passed_on_as_it_is() {
        let expected = r#"{"status":-1,"payload":{"b":1.0,"a":2}}"#;
        assert_eq!(document(br#"{"b":1.0,"a":2}"#), Ok(expected.to_owned()));
    }

    #[test]
    fn nothing_is_null() {
        for nothing in [&b""[..], b" ", b"null"] {
            let null = r#"{"status":-1,"payload":null}"#;
            assert_eq!(document(nothing), Ok(null.to_owned()));
        }
    }

    #[test]
    fn what_is_not_json_is_the_devices_fault() {
        for broken in [&b"{"[..], b"yes", b"\xff"] {
            assert_eq!(document(broken), Err(502_000));
        }
    }
}
