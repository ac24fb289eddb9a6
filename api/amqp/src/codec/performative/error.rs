//! What went wrong, for the peer [2.8.14].

use crate::codec::composite::composite;
use crate::codec::{Map, Symbol};

composite! {
    /// The error of a detach, end, close or rejected.
    pub struct AmqpError = ERROR {
        /// One of [`condition`], or of a vendor.
        condition: Symbol => required,
        /// For people.
        description: Option<String> => optional,
        /// For programs; where to go with a redirect.
        info: Option<Map> => optional,
    }
}

impl AmqpError {
    /// An error without info.
    pub fn new(condition: impl Into<Symbol>, description: impl Into<String>) -> AmqpError {
        AmqpError {
            condition: condition.into(),
            description: Some(description.into()),
            info: None,
        }
    }

    /// With info for programs.
    #[must_use]
    pub fn with_info(mut self, info: Map) -> AmqpError {
        self.info = Some(info);
        self
    }
}

/// Conditions of the standard.
#[expect(
    missing_docs,
    reason = "the names are those of the standard [2.8.15] to [2.8.18]"
)]
pub mod condition {
    use crate::codec::Symbol;

    macro_rules! conditions {
        ($($name:ident = $text:literal;)*) => {
            $(pub const $name: Symbol = Symbol::constant($text);)*
        };
    }

    conditions! {
        INTERNAL_ERROR = "amqp:internal-error";
        NOT_FOUND = "amqp:not-found";
        UNAUTHORIZED_ACCESS = "amqp:unauthorized-access";
        DECODE_ERROR = "amqp:decode-error";
        RESOURCE_LIMIT_EXCEEDED = "amqp:resource-limit-exceeded";
        NOT_ALLOWED = "amqp:not-allowed";
        INVALID_FIELD = "amqp:invalid-field";
        NOT_IMPLEMENTED = "amqp:not-implemented";
        RESOURCE_LOCKED = "amqp:resource-locked";
        PRECONDITION_FAILED = "amqp:precondition-failed";
        RESOURCE_DELETED = "amqp:resource-deleted";
        ILLEGAL_STATE = "amqp:illegal-state";
        FRAME_SIZE_TOO_SMALL = "amqp:frame-size-too-small";
        CONNECTION_FORCED = "amqp:connection:forced";
        FRAMING_ERROR = "amqp:connection:framing-error";
        CONNECTION_REDIRECT = "amqp:connection:redirect";
        WINDOW_VIOLATION = "amqp:session:window-violation";
        ERRANT_LINK = "amqp:session:errant-link";
        HANDLE_IN_USE = "amqp:session:handle-in-use";
        UNATTACHED_HANDLE = "amqp:session:unattached-handle";
        DETACH_FORCED = "amqp:link:detach-forced";
        TRANSFER_LIMIT_EXCEEDED = "amqp:link:transfer-limit-exceeded";
        MESSAGE_SIZE_EXCEEDED = "amqp:link:message-size-exceeded";
        LINK_REDIRECT = "amqp:link:redirect";
        STOLEN = "amqp:link:stolen";
    }
}
