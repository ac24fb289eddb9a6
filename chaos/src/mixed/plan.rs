use std::net::Ipv4Addr;
use std::path::PathBuf;

/// How large the cluster and its load are.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Devices, spread evenly over the nodes. Each has back ends of its own.
    pub devices: usize,
    /// Further devices that only send telemetry.
    pub publishers: usize,
    /// How often a node is killed.
    pub rounds: usize,
    /// Kill the next node as soon as work goes on, before leaders are even again.
    pub hasty: bool,
    /// Folder for keys, configurations and data; what is in it is lost.
    pub folder: PathBuf,
    /// Loopback address of the first node; the others have the addresses after it.
    pub first_address: Ipv4Addr,
}
