//! What became of a delivery [3.4].

mod modified;
mod received;
mod rejected;
mod simple;

pub use self::modified::Modified;
pub use self::received::Received;
pub use self::rejected::Rejected;
pub use self::simple::{Accepted, Released};

use bytes::BytesMut;

use super::composite::Composite;
use super::performative::AmqpError;
use super::{Decode, DecodeError, Descriptor, Encode, Reader};

/// State of a delivery; all but the first are outcomes.
#[derive(Debug, Clone, PartialEq)]
pub enum DeliveryState {
    /// A part has arrived.
    Received(Received),
    /// It is dealt with.
    Accepted,
    /// It is invalid.
    Rejected(Box<Rejected>),
    /// It was not and will not be dealt with.
    Released,
    /// As released, with a change.
    Modified(Box<Modified>),
}

impl DeliveryState {
    /// Rejected for this reason.
    pub fn rejected(error: AmqpError) -> DeliveryState {
        DeliveryState::Rejected(Box::new(Rejected { error: Some(error) }))
    }

    /// Whether nothing can follow but settlement.
    pub fn is_outcome(&self) -> bool {
        !matches!(self, DeliveryState::Received(_))
    }
}

impl Encode for DeliveryState {
    fn encode(&self, out: &mut BytesMut) {
        match self {
            DeliveryState::Received(received) => received.encode(out),
            DeliveryState::Accepted => Accepted {}.encode(out),
            DeliveryState::Rejected(rejected) => rejected.encode(out),
            DeliveryState::Released => Released {}.encode(out),
            DeliveryState::Modified(modified) => modified.encode(out),
        }
    }
}

impl Decode for DeliveryState {
    fn decode(reader: &mut Reader<'_>) -> Result<DeliveryState, DecodeError> {
        Ok(match reader.descriptor()? {
            Descriptor::RECEIVED => DeliveryState::Received(Received::decode_list(reader)?),
            Descriptor::ACCEPTED => {
                Accepted::decode_list(reader)?;
                DeliveryState::Accepted
            }
            Descriptor::REJECTED => {
                DeliveryState::Rejected(Box::new(Rejected::decode_list(reader)?))
            }
            Descriptor::RELEASED => {
                Released::decode_list(reader)?;
                DeliveryState::Released
            }
            Descriptor::MODIFIED => {
                DeliveryState::Modified(Box::new(Modified::decode_list(reader)?))
            }
            other => return Err(DecodeError::UnexpectedDescriptor(other)),
        })
    }
}
