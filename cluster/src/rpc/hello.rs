//! What two nodes tell each other before anything else.

use bytes::{Buf as _, BufMut as _, Bytes, BytesMut, TryGetError};
use roost_model::{Incarnation, NodeId};
use thiserror::Error;

const MAGIC: [u8; 4] = *b"rst\x01";
/// Version of the frames that follow; both sides must speak the same.
pub(crate) const PROTOCOL: u16 = 1;
/// Smallest stream window that makes sense, in bytes.
pub(crate) const MIN_WINDOW: u32 = 64 * 1024;

/// Which of a peer's two connections carries something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lane {
    /// Calls and streams of small messages. Dialed as soon as the peer is known.
    Control,
    /// Streams of large messages, which would delay the others. Dialed when first used.
    Bulk,
}

/// The payload of a hello frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hello {
    pub(crate) node: NodeId,
    pub(crate) incarnation: Incarnation,
    pub(crate) lane: Lane,
    /// Credit that the peer has on every new stream, in bytes.
    pub(crate) window: u32,
    pub(crate) cluster: String,
}

/// A hello that cannot be accepted.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum HelloError {
    #[error("the peer does not speak this protocol")]
    Foreign,
    #[error("the peer speaks version {0} of the protocol, this node version {PROTOCOL}")]
    Version(u16),
    #[error("malformed hello")]
    Malformed,
    #[error("the peer belongs to cluster {theirs:?}, this node to {ours:?}")]
    Cluster { theirs: String, ours: String },
}

// === impl Lane ===

impl Lane {
    /// For log lines.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Lane::Control => "control",
            Lane::Bulk => "bulk",
        }
    }
}

// === impl Hello ===

impl Hello {
    pub(crate) fn encode(&self) -> Bytes {
        let mut out = BytesMut::with_capacity(64);
        out.put_slice(&MAGIC);
        out.put_u16_le(PROTOCOL);
        out.put_u64_le(self.node.0);
        out.put_u64_le(self.incarnation.0);
        out.put_u8(match self.lane {
            Lane::Control => 0,
            Lane::Bulk => 1,
        });
        out.put_u32_le(self.window);
        out.put_slice(self.cluster.as_bytes());
        out.freeze()
    }

    /// Magic and version come first: a later version may change everything after them.
    pub(crate) fn decode(mut bytes: Bytes) -> Result<Hello, HelloError> {
        let mut magic = [0; MAGIC.len()];
        let complete = bytes.try_copy_to_slice(&mut magic).is_ok();
        if !complete || magic != MAGIC {
            return Err(HelloError::Foreign);
        }
        let version = bytes.try_get_u16_le()?;
        if version != PROTOCOL {
            return Err(HelloError::Version(version));
        }
        let node = NodeId(bytes.try_get_u64_le()?);
        let incarnation = Incarnation(bytes.try_get_u64_le()?);
        let lane = match bytes.try_get_u8()? {
            0 => Lane::Control,
            1 => Lane::Bulk,
            _ => return Err(HelloError::Malformed),
        };
        let window = bytes.try_get_u32_le()?;
        if window < MIN_WINDOW {
            return Err(HelloError::Malformed);
        }
        let cluster = String::from_utf8(bytes.into()).map_err(|_| HelloError::Malformed)?;
        Ok(Hello {
            node,
            incarnation,
            lane,
            window,
            cluster,
        })
    }

    pub(crate) fn check_cluster(&self, ours: &str) -> Result<(), HelloError> {
        if self.cluster == ours {
            return Ok(());
        }
        Err(HelloError::Cluster {
            theirs: self.cluster.clone(),
            ours: ours.to_owned(),
        })
    }
}

impl From<TryGetError> for HelloError {
    fn from(_: TryGetError) -> HelloError {
        HelloError::Malformed
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn hello() -> Hello {
        Hello {
            node: NodeId(7),
            incarnation: Incarnation(3),
            lane: Lane::Bulk,
            window: MIN_WINDOW,
            cluster: "barn".into(),
        }
    }

    #[test]
    fn a_hello_survives_its_encoding() {
        assert_eq!(Hello::decode(hello().encode()), Ok(hello()));
    }

    #[test]
    fn another_version_is_named_even_if_the_rest_is_unknown() {
        let mut bytes = hello().encode().to_vec();
        bytes.truncate(6);
        bytes[4] = 9;
        assert_eq!(Hello::decode(bytes.into()), Err(HelloError::Version(9)));
    }

    proptest! {
        #[test]
        fn damaged_hellos_never_panic(at in 0usize..40, value in any::<u8>(), keep in 0usize..60) {
            let mut bytes = hello().encode().to_vec();
            let at = at % bytes.len();
            bytes[at] = value;
            bytes.truncate(keep);
            let _ = Hello::decode(bytes.into());
        }
    }
}
