//! All that is noted about one device.

use parking_lot::Mutex;
use roost_model::DeviceId;
use serde_json::Value;
use tokio::time::Instant;

use super::journal::{Journal, Tally};

/// One device's attempts and those of its back ends, and what it was sent.
#[derive(Debug)]
pub(super) struct Ledger {
    pub(super) device: DeviceId,
    /// The device's own, of reported properties.
    pub(super) reports: Journal<u64, u64>,
    /// Of desired properties, in any case; one journal per writer.
    pub(super) desired: Vec<Journal<Mark, Seen>>,
    /// Of desired properties, if the tag is still the same; one journal per writer.
    pub(super) swaps: Vec<Journal<Swap, Seen>>,
    /// Of the whole twin, by a back end and by the device.
    pub(super) reads: Journal<(), Seen>,
    /// Of messages to the device, by their ids.
    pub(super) messages: Journal<String, u64>,
    /// Of direct methods, by the ids in their payloads.
    pub(super) methods: Journal<String, Value>,
    pub(super) sent: Mutex<Sent>,
}

/// One write of desired properties.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Mark {
    /// A property that belongs to its writer.
    pub(super) key: String,
    /// Counts the writer's attempts from 1.
    pub(super) number: u64,
}

/// One write that counts a shared property up by one.
#[derive(Debug, Clone)]
pub(super) struct Swap {
    pub(super) mark: Mark,
    /// The tag that it was made for.
    pub(super) etag: String,
}

/// Versions of a twin that somebody was told.
#[derive(Debug, Clone, Default)]
pub(super) struct Seen {
    /// Of the whole twin; a device is not told.
    pub(super) version: Option<u64>,
    pub(super) desired: u64,
    pub(super) reported: u64,
}

/// What the hub sent to a device.
#[derive(Debug, Default)]
pub(super) struct Sent {
    pub(super) connections: Vec<Connection>,
    pub(super) messages: Vec<Delivery>,
    /// Ids of the methods that the device has run.
    pub(super) runs: Vec<String>,
}

/// A cloud-to-device message that has come.
#[derive(Debug, Clone)]
pub(super) struct Delivery {
    pub(super) id: String,
    /// Index of the connection that it came on.
    pub(super) connection: usize,
}

/// One connection of a device.
#[derive(Debug)]
pub(super) struct Connection {
    /// The node at the other end.
    pub(super) node: u64,
    /// Desired properties as the device has read them: version and content.
    pub(super) read: Option<(u64, Value)>,
    /// Notifications of desired properties in the order of their arrival: version and body.
    pub(super) notices: Vec<(u64, Value)>,
    /// When and why it broke, if it did.
    pub(super) broken: Option<(Instant, String)>,
}

impl Ledger {
    pub(super) fn new(device: DeviceId, writers: usize) -> Self {
        Self {
            device,
            reports: Journal::default(),
            desired: (0..writers).map(|_| Journal::default()).collect(),
            swaps: (0..writers).map(|_| Journal::default()).collect(),
            reads: Journal::default(),
            messages: Journal::default(),
            methods: Journal::default(),
            sent: Mutex::default(),
        }
    }

    /// Attempts by kind.
    pub(super) fn tallies(&self) -> [(&'static str, Tally); 6] {
        let all =
            |tallies: &mut dyn Iterator<Item = Tally>| tallies.fold(Tally::default(), Tally::and);
        [
            ("reported properties", self.reports.tally()),
            (
                "desired properties",
                all(&mut self.desired.iter().map(Journal::tally)),
            ),
            (
                "desired, If-Match",
                all(&mut self.swaps.iter().map(Journal::tally)),
            ),
            ("twin reads", self.reads.tally()),
            ("messages to devices", self.messages.tally()),
            ("direct methods", self.methods.tally()),
        ]
    }

    /// What was acknowledged so far, by kind.
    pub(super) fn acked(&self) -> [u64; 6] {
        [
            self.reports.acked(),
            self.desired.iter().map(Journal::acked).sum(),
            self.swaps.iter().map(Journal::acked).sum(),
            self.reads.acked(),
            self.messages.acked(),
            self.methods.acked(),
        ]
    }
}

impl Sent {
    /// Begins a connection; gives its index.
    pub(super) fn connected(&mut self, node: u64) -> usize {
        self.connections.push(Connection {
            node,
            read: None,
            notices: Vec::new(),
            broken: None,
        });
        self.connections.len() - 1
    }
}

impl Connection {
    /// The newest version of the desired properties that the device knows.
    pub(super) fn knows(&self) -> Option<u64> {
        let read = self.read.as_ref().map(|(version, _)| *version);
        read.max(self.notices.last().map(|(version, _)| *version))
    }
}
