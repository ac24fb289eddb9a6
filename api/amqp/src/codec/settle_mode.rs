//! Who is at which end of a link, and when deliveries on it are settled.

use bytes::BytesMut;

use super::decode::Decode;
use super::encode::Encode;
use super::error::DecodeError;
use super::reader::Reader;

/// Role of the end that speaks [2.8.1].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Deliveries leave here.
    Sender,
    /// Deliveries arrive here.
    Receiver,
}

impl Role {
    /// Role of the other end.
    #[must_use]
    pub fn opposite(self) -> Role {
        match self {
            Role::Sender => Role::Receiver,
            Role::Receiver => Role::Sender,
        }
    }
}

impl Encode for Role {
    fn encode(&self, out: &mut BytesMut) {
        (*self == Role::Receiver).encode(out);
    }
}

impl Decode for Role {
    fn decode(reader: &mut Reader<'_>) -> Result<Role, DecodeError> {
        Ok(match bool::decode(reader)? {
            true => Role::Receiver,
            false => Role::Sender,
        })
    }
}

/// Whether the sender settles before it sends [2.8.2].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SenderSettleMode {
    /// Every delivery is sent unsettled.
    Unsettled,
    /// Every delivery is sent settled.
    Settled,
    /// The sender decides each time.
    #[default]
    Mixed,
}

impl Encode for SenderSettleMode {
    fn encode(&self, out: &mut BytesMut) {
        (*self as u8).encode(out);
    }
}

impl Decode for SenderSettleMode {
    fn decode(reader: &mut Reader<'_>) -> Result<SenderSettleMode, DecodeError> {
        Ok(match u8::decode(reader)? {
            0 => SenderSettleMode::Unsettled,
            1 => SenderSettleMode::Settled,
            2 => SenderSettleMode::Mixed,
            _ => return Err(DecodeError::InvalidValue("snd-settle-mode")),
        })
    }
}

/// Which end settles first [2.8.3].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ReceiverSettleMode {
    /// The receiver, as soon as it has dealt with the delivery.
    #[default]
    First,
    /// The sender, once it knows the outcome; the receiver after that.
    Second,
}

impl Encode for ReceiverSettleMode {
    fn encode(&self, out: &mut BytesMut) {
        (*self as u8).encode(out);
    }
}

impl Decode for ReceiverSettleMode {
    fn decode(reader: &mut Reader<'_>) -> Result<ReceiverSettleMode, DecodeError> {
        Ok(match u8::decode(reader)? {
            0 => ReceiverSettleMode::First,
            1 => ReceiverSettleMode::Second,
            _ => return Err(DecodeError::InvalidValue("rcv-settle-mode")),
        })
    }
}
