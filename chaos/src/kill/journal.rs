use roost_model::DeviceId;
use tokio::time::Instant;

/// What one device sent and what was acknowledged.
///
/// Messages are numbered from 0. Acknowledgements arrive in order, so that `acks[n]` is the moment
/// when message n was acknowledged, on whatever connection.
#[derive(Debug)]
pub(super) struct Journal {
    pub(super) device: DeviceId,
    /// The node that the device connects to.
    pub(super) home: u64,
    pub(super) connections: Vec<Connection>,
    pub(super) acks: Vec<Instant>,
}

/// One connection of a device.
#[derive(Debug, Clone)]
pub(super) struct Connection {
    /// Number of the first message that was sent on it.
    pub(super) first: u64,
    /// How many were sent, one after the other.
    pub(super) sent: u64,
    /// How many of them were acknowledged on it.
    pub(super) acked: u64,
    /// When and why it broke, if it did.
    pub(super) broken: Option<(Instant, String)>,
}

impl Journal {
    pub(super) fn new(device: DeviceId, home: u64) -> Self {
        Self {
            device,
            home,
            connections: Vec::new(),
            acks: Vec::new(),
        }
    }

    /// A new connection goes on where acknowledgements ended.
    pub(super) fn connected(&mut self) {
        let first = self.acks.len() as u64;
        self.connections.push(Connection {
            first,
            sent: 0,
            acked: 0,
            broken: None,
        });
    }

    /// Notes the next message and gives its number and its connection's.
    pub(super) fn sends(&mut self) -> Option<(u64, usize)> {
        let number = self.connections.len().checked_sub(1)?;
        let connection = &mut self.connections[number];
        connection.sent += 1;
        Some((connection.first + connection.sent - 1, number))
    }

    pub(super) fn acknowledged(&mut self) {
        self.acks.push(Instant::now());
        if let Some(connection) = self.connections.last_mut() {
            connection.acked += 1;
        }
    }

    pub(super) fn broke(&mut self, why: String) {
        if let Some(connection) = self.connections.last_mut() {
            connection.broken = Some((Instant::now(), why));
        }
    }
}
