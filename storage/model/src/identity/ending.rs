//! How sessions come to their end.

use crate::id::NodeId;

/// How a session came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, bincode::Encode, bincode::Decode)]
pub enum DetachReason {
    /// The device said goodbye.
    Clean,
    /// The connection broke.
    Lost,
    /// The credential ran out.
    Expired,
    /// The hub took the right to be connected away.
    Revoked,
    /// The node that held the connection is gone.
    NodeLost,
    /// No node claimed the connection in time after a change of leader.
    GraceExpired,
}

impl DetachReason {
    /// Whether the device left without a goodbye.
    ///
    /// Source: MQTT 3.1.1, 3.1.2.5; a device that the hub cuts does not speak again.
    pub const fn publishes_will(self) -> bool {
        matches!(self, Self::Lost | Self::NodeLost | Self::GraceExpired)
    }

    /// How documents write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Clean => "clean",
            Self::Lost => "lost",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
            Self::NodeLost => "nodeLost",
            Self::GraceExpired => "graceExpired",
        }
    }
}

/// The end of an identity's last session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, bincode::Encode, bincode::Decode)]
pub struct Ending {
    pub reason: DetachReason,
    /// The node that held the connection.
    pub node: NodeId,
}
