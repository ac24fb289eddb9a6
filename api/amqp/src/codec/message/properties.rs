//! Properties that the standard names [3.2.4].

use bytes::{Bytes, BytesMut};

use crate::codec::composite::composite;
use crate::codec::primitive::Timestamp;
use crate::codec::{Decode, DecodeError, Encode, Reader, SequenceNo, Symbol, Value};

composite! {
    /// The properties section.
    #[derive(Default)]
    pub struct Properties = PROPERTIES {
        /// Name of the message.
        message_id: Option<MessageId> => optional,
        /// Who made it.
        user_id: Option<Bytes> => optional,
        /// The node it is for.
        to: Option<String> => optional,
        /// What it is about.
        subject: Option<String> => optional,
        /// The node for the answer.
        reply_to: Option<String> => optional,
        /// Name of the message that this one answers.
        correlation_id: Option<MessageId> => optional,
        /// MIME type of the body.
        content_type: Option<Symbol> => optional,
        /// Encoding of the body.
        content_encoding: Option<Symbol> => optional,
        /// After this it is of no use.
        absolute_expiry_time: Option<Timestamp> => optional,
        /// When it was made.
        creation_time: Option<Timestamp> => optional,
        /// The group it belongs to.
        group_id: Option<String> => optional,
        /// Its place in the group.
        group_sequence: Option<SequenceNo> => optional,
        /// The group of the answer.
        reply_to_group_id: Option<String> => optional,
    }
}

/// A message id in one of its four types [3.2.11]. An answer has to keep the type.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum MessageId {
    /// `ulong`
    Ulong(u64),
    /// `uuid`
    Uuid([u8; 16]),
    /// `binary`
    Binary(Bytes),
    /// `string`
    String(String),
}

impl Encode for MessageId {
    fn encode(&self, out: &mut BytesMut) {
        match self {
            MessageId::Ulong(number) => number.encode(out),
            MessageId::Uuid(uuid) => Value::Uuid(*uuid).encode(out),
            MessageId::Binary(bytes) => bytes.encode(out),
            MessageId::String(text) => text.encode(out),
        }
    }
}

impl Decode for MessageId {
    fn decode(reader: &mut Reader<'_>) -> Result<MessageId, DecodeError> {
        Ok(match Value::decode(reader)? {
            Value::Ulong(number) => MessageId::Ulong(number),
            Value::Uuid(uuid) => MessageId::Uuid(uuid),
            Value::Binary(bytes) => MessageId::Binary(bytes),
            Value::String(text) => MessageId::String(text),
            Value::Symbol(symbol) => MessageId::String(symbol.as_str().to_owned()),
            _ => return Err(DecodeError::InvalidValue("message id")),
        })
    }
}
