use roost_model::DeviceId;
use tokio::time::Instant;

/// What one device sent and what was acknowledged.
///
/// Messages are numbered from 0. Acknowledgements arrive in order, so that `acks[n]` is the moment
/// when message n was acknowledged, on whatever connection.
#[derive(Debug)]
pub(crate) struct Journal {
    pub(crate) device: DeviceId,
    pub(crate) connections: Vec<Connection>,
    pub(crate) acks: Vec<Instant>,
}

/// One connection of a device.
#[derive(Debug, Clone)]
pub(crate) struct Connection {
    /// The node at the other end.
    pub(crate) node: u64,
    pub(crate) since: Instant,
    /// Number of the first message that was sent on it.
    pub(crate) first: u64,
    /// How many were sent, one after the other.
    pub(crate) sent: u64,
    /// How many of them were acknowledged on it.
    pub(crate) acked: u64,
    /// When and why it broke, if it did.
    pub(crate) broken: Option<(Instant, String)>,
}

impl Journal {
    pub(crate) fn new(device: DeviceId) -> Self {
        Self {
            device,
            connections: Vec::new(),
            acks: Vec::new(),
        }
    }

    /// A new connection goes on where acknowledgements ended.
    pub(crate) fn connected(&mut self, node: u64) {
        let first = self.acks.len() as u64;
        self.connections.push(Connection {
            node,
            since: Instant::now(),
            first,
            sent: 0,
            acked: 0,
            broken: None,
        });
    }

    /// Notes the next message and gives its number and its connection's.
    pub(crate) fn sends(&mut self) -> Option<(u64, usize)> {
        let number = self.connections.len().checked_sub(1)?;
        let connection = &mut self.connections[number];
        connection.sent += 1;
        Some((connection.first + connection.sent - 1, number))
    }

    pub(crate) fn acknowledged(&mut self) {
        self.acks.push(Instant::now());
        if let Some(connection) = self.connections.last_mut() {
            connection.acked += 1;
        }
    }

    pub(crate) fn broke(&mut self, why: String) {
        if let Some(connection) = self.connections.last_mut() {
            connection.broken = Some((Instant::now(), why));
        }
    }

    /// The node that the device was connected to at a moment, or last before it.
    pub(crate) fn node_at(&self, moment: Instant) -> Option<u64> {
        let count = self
            .connections
            .partition_point(|connection| connection.since <= moment);
        Some(self.connections[..count].last()?.node)
    }

    /// Connections to other nodes than `victim` that broke between two moments, in words.
    pub(crate) fn dropped(&self, victim: Option<u64>, begin: Instant, end: Instant) -> Vec<String> {
        let others = self.connections.iter().filter(|c| Some(c.node) != victim);
        let breaks = others.filter_map(|connection| connection.broken.as_ref());
        let during = breaks.filter(|(at, _)| (begin..=end).contains(at));
        during
            .map(|(_, why)| format!("{}: {why}", self.device))
            .collect()
    }
}
