//! The eight bytes in front of each layer [2.2].

/// The layer that follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ProtocolHeader {
    Amqp,
    Sasl,
}

impl ProtocolHeader {
    pub(crate) const LENGTH: usize = 8;

    pub(crate) fn bytes(self) -> &'static [u8; Self::LENGTH] {
        match self {
            ProtocolHeader::Amqp => b"AMQP\x00\x01\x00\x00",
            ProtocolHeader::Sasl => b"AMQP\x03\x01\x00\x00",
        }
    }

    /// `None` for another protocol, another version or TLS within.
    pub(crate) fn parse(bytes: &[u8; Self::LENGTH]) -> Option<ProtocolHeader> {
        [ProtocolHeader::Amqp, ProtocolHeader::Sasl]
            .into_iter()
            .find(|header| header.bytes() == bytes)
    }
}
