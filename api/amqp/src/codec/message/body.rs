//! What a message is about, as it is on the wire [3.2.6] to [3.2.8].

use bytes::{Bytes, BytesMut};

use crate::codec::{Decode, DecodeError, Descriptor, Encode, Value, encode};

/// The body. What is in it is not unfolded, only looked through once.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Body {
    /// There is none; the standard wants one and not every client cares.
    #[default]
    Empty,
    /// The content of each data section; more than one in a batch.
    Data(Vec<Bytes>),
    /// The list in each sequence section, encoded.
    Sequence(Vec<Bytes>),
    /// One value, encoded.
    Value(Bytes),
}

const MIXED: DecodeError = DecodeError::InvalidValue("body of one kind");

impl Body {
    /// A body of one value.
    pub fn value(value: &Value) -> Body {
        Body::Value(value.to_bytes())
    }

    /// The value of an amqp-value body.
    ///
    /// # Errors
    ///
    /// There are too many values in it; that the bytes are well formed is known.
    pub fn to_value(&self) -> Option<Result<Value, DecodeError>> {
        match self {
            Body::Value(bytes) => Some(Value::from_bytes(bytes)),
            _ => None,
        }
    }

    pub(super) fn push_data(&mut self, data: Bytes) -> Result<(), DecodeError> {
        match self {
            Body::Empty => *self = Body::Data(vec![data]),
            Body::Data(sections) => sections.push(data),
            _ => return Err(MIXED),
        }
        Ok(())
    }

    pub(super) fn push_sequence(&mut self, list: Bytes) -> Result<(), DecodeError> {
        match self {
            Body::Empty => *self = Body::Sequence(vec![list]),
            Body::Sequence(sections) => sections.push(list),
            _ => return Err(MIXED),
        }
        Ok(())
    }

    pub(super) fn set_value(&mut self, value: Bytes) -> Result<(), DecodeError> {
        match self {
            Body::Empty => *self = Body::Value(value),
            _ => return Err(MIXED),
        }
        Ok(())
    }
}

impl Encode for Body {
    fn encode(&self, out: &mut BytesMut) {
        match self {
            Body::Empty => {}
            Body::Data(sections) => {
                for data in sections {
                    encode::descriptor(out, Descriptor::DATA);
                    data.encode(out);
                }
            }
            Body::Sequence(sections) => {
                for list in sections {
                    encode::descriptor(out, Descriptor::AMQP_SEQUENCE);
                    out.extend_from_slice(list);
                }
            }
            Body::Value(value) => {
                encode::descriptor(out, Descriptor::AMQP_VALUE);
                out.extend_from_slice(value);
            }
        }
    }
}
