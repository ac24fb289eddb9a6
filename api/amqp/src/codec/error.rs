//! Why bytes are not what they should be.

use thiserror::Error;

use super::Descriptor;

/// Always answered with `amqp:decode-error`, or by closing the socket before there is a connection.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DecodeError {
    /// A length points past the end, of the input or of the value around it.
    #[error("the value ends too early")]
    Truncated,
    /// See [`MAX_DEPTH`](crate::limits::MAX_DEPTH).
    #[error("values are nested too deeply")]
    TooDeep,
    /// See [`MAX_VALUES`](crate::limits::MAX_VALUES).
    #[error("there are too many values")]
    TooManyValues,
    /// No type has this constructor.
    #[error("{0:#04x} is no constructor")]
    UnknownConstructor(u8),
    /// The type is not the one that the field has.
    #[error("{found:#04x} is no constructor of {expected}")]
    WrongType {
        /// Name of the type.
        expected: &'static str,
        /// The constructor that came.
        found: u8,
    },
    /// The type is right and the value is not.
    #[error("the value is no {0}")]
    InvalidValue(&'static str),
    /// A composite of this kind cannot stand here.
    #[error("descriptor {0} is not expected here")]
    UnexpectedDescriptor(Descriptor),
    /// A symbolic descriptor of nothing in the standard.
    #[error("the descriptor is not known")]
    UnknownDescriptor,
    /// A mandatory field is null or absent.
    #[error("the mandatory field {0} is missing")]
    MissingField(&'static str),
    /// The size of a compound value and its count contradict one another.
    #[error("the size of a list, map or array does not fit its count")]
    SizeMismatch,
    /// Elements without bytes would let a few bytes claim any count; described elements would let
    /// one descriptor be copied as often. No client sends either.
    #[error("an array of values without bytes or of described values is not supported")]
    UnsupportedArray,
    /// Bytes are left where nothing more can stand.
    #[error("there are bytes behind the last value")]
    Trailing,
}
