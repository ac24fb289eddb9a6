use std::net::Ipv4Addr;
use std::path::PathBuf;

/// What is done to which cluster.
#[derive(Debug, Clone)]
pub struct Plan {
    pub nodes: usize,
    /// Devices, spread evenly over the nodes.
    pub devices: usize,
    /// How often a node is killed.
    pub rounds: usize,
    /// Unacknowledged messages that a device may have.
    pub window: usize,
    /// Messages per second that each device wants to send.
    pub rate: u32,
    /// Folder for the cluster's data; what is in it is lost.
    pub folder: PathBuf,
    /// Loopback address of the first node.
    pub first_address: Ipv4Addr,
}
