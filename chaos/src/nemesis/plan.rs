use std::path::PathBuf;
use std::time::Duration;

use super::Fault;

/// What is done to which cluster.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Nodes of the cluster, three to nine.
    pub nodes: u64,
    /// Devices with back ends of their own, which do everything that a hub is for.
    pub devices: usize,
    /// Further devices that only send telemetry.
    pub publishers: usize,
    /// Messages per second of each of these.
    pub rate: u32,
    /// Each is brought about once at least, and again in the same order while there is time.
    pub faults: Vec<Fault>,
    /// Those that must take hold, or the run has failed.
    pub required: Vec<Fault>,
    /// No fault is begun after this time.
    pub time: Duration,
    /// How long a fault stays once the others have got on without the nodes that it hit.
    pub hold: Duration,
    /// Decides what is damaged where.
    pub seed: u64,
    /// Folder for keys, configurations and data; what is in it is lost.
    pub folder: PathBuf,
    /// Folder for the history, the report and its picture.
    pub report: PathBuf,
    /// A number of the run's own, 1 to 254: runs with different ones can go on side by side. It is the
    /// third byte of all addresses.
    pub tag: u8,
}
