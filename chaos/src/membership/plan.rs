use std::net::Ipv4Addr;
use std::path::PathBuf;

/// How large the cluster and its load are.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Devices, spread evenly over the founders.
    pub devices: usize,
    /// Unacknowledged messages that a device may have.
    pub window: usize,
    /// Messages per second that each device wants to send.
    pub rate: u32,
    /// Partitions of the hub, at least one per node.
    pub partitions: u16,
    /// Folder for keys, configurations and data; what is in it is lost.
    pub folder: PathBuf,
    /// Loopback address of the first node.
    pub first_address: Ipv4Addr,
}
