//! The packets of MQTT 3.1.1 that a client sends and receives.

mod decode;
pub(super) mod encode;
#[cfg(test)]
mod tests;

use bytes::Bytes;
use thiserror::Error;

pub(super) use self::decode::decode;

/// Quality of service. A hub knows no QoS 2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum QoS {
    #[default]
    AtMostOnce,
    AtLeastOnce,
}

impl QoS {
    pub(super) fn bits(self) -> u8 {
        match self {
            Self::AtMostOnce => 0,
            Self::AtLeastOnce => 1,
        }
    }

    /// Of a SUBACK code; None for a refusal.
    pub(super) fn from_grant(code: u8) -> Option<Self> {
        match code {
            0 => Some(Self::AtMostOnce),
            1 => Some(Self::AtLeastOnce),
            _ => None,
        }
    }
}

/// What a broker sends.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Packet {
    ConnAck { session_present: bool, code: u8 },
    Publish(Publish),
    PubAck(u16),
    SubAck { id: u16, codes: Bytes },
    UnsubAck(u16),
    PingResp,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Publish {
    pub topic: String,
    pub payload: Bytes,
    /// Present exactly for QoS 1.
    pub id: Option<u16>,
    pub retain: bool,
    pub dup: bool,
}

/// Why bytes are not a packet that a client can receive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum DecodeError {
    #[error("a packet is longer than {0} bytes")]
    TooLong(usize),
    #[error("a packet's length or content is malformed")]
    Malformed,
    #[error("a packet that a client does not expect")]
    Unexpected,
}

/// Why a packet can't be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum EncodeError {
    #[error("a text is longer than 65535 bytes")]
    TextTooLong,
    #[error("the packet is longer than 268435455 bytes")]
    PacketTooLong,
    #[error("all 65535 packet ids wait for an answer")]
    NoPacketId,
}
