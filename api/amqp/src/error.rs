//! What a refusal looks like in AMQP.
//!
//! Source: `reference/wire.md` §3.7 (conditions that the SDKs know), features §17 (codes).

use roost_edge::Refusal;
use roost_model::ErrorCode;

use crate::codec::performative::{AmqpError, condition};
use crate::codec::{Map, Symbol};

/// Vendor conditions that SDKs map to errors of their own.
mod vendor {
    use crate::codec::Symbol;

    pub(super) const ARGUMENT: Symbol = Symbol::constant("com.microsoft:argument-error");
    pub(super) const THROTTLED: Symbol =
        Symbol::constant("com.microsoft:device-container-throttled");
    pub(super) const TIMEOUT: Symbol = Symbol::constant("com.microsoft:timeout");
    pub(super) const PRECONDITION: Symbol = Symbol::constant("com.microsoft:precondition-failed");
    pub(super) const LOCK_LOST: Symbol = Symbol::constant("com.microsoft:message-lock-lost");
    pub(super) const HUB_NOT_FOUND: Symbol =
        Symbol::constant("com.microsoft:iot-hub-not-found-error");
    pub(super) const ALREADY_EXISTS: Symbol =
        Symbol::constant("com.microsoft:device-already-exists");
    pub(super) const SERVER_BUSY: Symbol = Symbol::constant("com.microsoft:server-busy");
}

/// The error of a detach, end, close or rejected.
pub(crate) fn error(refusal: &Refusal) -> AmqpError {
    let code = refusal.code();
    // The code stands in front of the text, as it does in the body of an HTTP error.
    let description = format!("ErrorCode:{};{refusal}", code.name());
    let info = Map::new()
        .symbol("iothub-errorcode", code.name().to_owned())
        .symbol("errorCode", i64::from(code.number()));
    AmqpError::new(condition_of(code), description).with_info(info)
}

fn condition_of(code: ErrorCode) -> Symbol {
    match code {
        ErrorCode::DeviceNotFound | ErrorCode::ModuleNotFound | ErrorCode::PartitionNotFound => {
            condition::NOT_FOUND
        }
        ErrorCode::IotHubNotFound => vendor::HUB_NOT_FOUND,
        ErrorCode::IotHubUnauthorized
        | ErrorCode::IotHubUnauthorizedAccess
        | ErrorCode::DeviceDisabled => condition::UNAUTHORIZED_ACCESS,
        ErrorCode::DeviceMaximumQueueDepthExceeded
        | ErrorCode::IotHubQuotaExceeded
        | ErrorCode::DeviceMaximumInFlightMethodsExceeded => condition::RESOURCE_LIMIT_EXCEEDED,
        ErrorCode::MessageTooLarge => condition::MESSAGE_SIZE_EXCEEDED,
        ErrorCode::ConnectionForcefullyClosedOnNewConnection | ErrorCode::LinkCreationConflict => {
            condition::STOLEN
        }
        ErrorCode::PreconditionFailed => vendor::PRECONDITION,
        ErrorCode::DeviceMessageLockLost => vendor::LOCK_LOST,
        ErrorCode::DeviceAlreadyExists | ErrorCode::ModuleAlreadyExistsOnDevice => {
            vendor::ALREADY_EXISTS
        }
        ErrorCode::OperationNotAvailableInCurrentTier => condition::NOT_ALLOWED,
        code => match code.http_status() {
            400 => vendor::ARGUMENT,
            403 => condition::NOT_ALLOWED,
            404 => condition::NOT_FOUND,
            429 => vendor::THROTTLED,
            503 => vendor::SERVER_BUSY,
            504 => vendor::TIMEOUT,
            _ => condition::INTERNAL_ERROR,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn condition_for(code: ErrorCode) -> String {
        error(&Refusal::new(code, "why")).condition.to_string()
    }

    #[test]
    fn sdks_find_the_conditions_that_they_know() {
        for (code, expected) in [
            (ErrorCode::DeviceNotFound, "amqp:not-found"),
            (ErrorCode::IotHubUnauthorized, "amqp:unauthorized-access"),
            (ErrorCode::DeviceDisabled, "amqp:unauthorized-access"),
            (
                ErrorCode::DeviceMaximumQueueDepthExceeded,
                "amqp:resource-limit-exceeded",
            ),
            (
                ErrorCode::MessageTooLarge,
                "amqp:link:message-size-exceeded",
            ),
            (ErrorCode::ArgumentInvalid, "com.microsoft:argument-error"),
            (
                ErrorCode::ThrottlingException,
                "com.microsoft:device-container-throttled",
            ),
            (
                ErrorCode::ConnectionForcefullyClosedOnNewConnection,
                "amqp:link:stolen",
            ),
        ] {
            assert_eq!(condition_for(code), expected);
        }
    }

    #[test]
    fn the_code_stands_in_the_text_and_in_the_info() {
        let error = error(&Refusal::new(
            ErrorCode::DeviceNotFound,
            "d is not registered",
        ));
        let text = error.description.unwrap();
        assert_eq!(text, "ErrorCode:DeviceNotFound;d is not registered");
        let info = error.info.unwrap();
        assert_eq!(
            info.get("iothub-errorcode").unwrap().as_text(),
            Some("DeviceNotFound")
        );
        assert_eq!(info.get("errorCode").unwrap().as_integer(), Some(404_001));
    }
}
