//! The nodes of a development cluster: addresses, ports and files.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use super::DevError;
use super::settings::Settings;

/// The ports of every node. The SDKs dial the first three and cannot be told others, so each node has an
/// address of its own instead.
pub(super) const MQTT_PORT: u16 = 8883;
pub(super) const AMQP_PORT: u16 = 5671;
pub(super) const HTTPS_PORT: u16 = 443;
pub(super) const CLUSTER_PORT: u16 = 7600;
pub(super) const METRICS_PORT: u16 = 9600;

/// One node of the cluster.
#[derive(Debug, Clone)]
pub(super) struct DevNode {
    pub(super) id: u8,
    pub(super) address: Ipv4Addr,
    /// `node-{id}.toml`
    pub(super) config: PathBuf,
    /// Standard output and standard error of the process that `roost dev` starts.
    pub(super) log: PathBuf,
    /// The node's data folder.
    pub(super) storage: PathBuf,
}

impl DevNode {
    pub(super) fn socket(&self, port: u16) -> SocketAddr {
        SocketAddr::new(IpAddr::V4(self.address), port)
    }

    /// `http://…/readyz` of the node.
    pub(super) fn readiness_url(&self) -> String {
        format!("http://{}/readyz", self.socket(METRICS_PORT))
    }
}

/// The data folder of node `id`.
pub(super) fn storage_of(directory: &Path, id: u8) -> PathBuf {
    directory.join(format!("node-{id}"))
}

/// The configuration of node `id`.
pub(super) fn config_of(directory: &Path, id: u8) -> PathBuf {
    directory.join(format!("node-{id}.toml"))
}

/// The nodes that the settings ask for.
///
/// # Errors
/// The loopback network has no room for them.
pub(super) fn plan(directory: &Path, settings: &Settings) -> Result<Vec<DevNode>, DevError> {
    let first = settings.first_address;
    let no_room = || DevError::Addresses {
        first,
        nodes: settings.nodes,
    };
    let last = u32::from(first)
        .checked_add(u32::from(settings.nodes))
        .ok_or_else(no_room)?;
    if settings.nodes == 0 || !first.is_loopback() || !Ipv4Addr::from(last).is_loopback() {
        return Err(no_room());
    }
    let node = |id: u8| DevNode {
        id,
        address: Ipv4Addr::from(u32::from(first) + u32::from(id) - 1),
        config: config_of(directory, id),
        log: directory.join(format!("node-{id}.log")),
        storage: storage_of(directory, id),
    };
    Ok((1..=settings.nodes).map(node).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(nodes: u8, first_address: Ipv4Addr) -> Settings {
        Settings {
            nodes,
            hub: "h".to_owned(),
            partitions: 1,
            first_address,
        }
    }

    #[test]
    fn each_node_has_the_next_loopback_address() {
        let nodes = plan(Path::new("/d"), &settings(3, Ipv4Addr::LOCALHOST)).unwrap();
        let addresses: Vec<String> = nodes
            .iter()
            .map(|node| node.socket(MQTT_PORT).to_string())
            .collect();
        assert_eq!(
            addresses,
            ["127.0.0.1:8883", "127.0.0.2:8883", "127.0.0.3:8883"]
        );
        assert_eq!(nodes[2].config, Path::new("/d/node-3.toml"));
    }

    #[test]
    fn nodes_outside_the_loopback_network_are_refused() {
        for (nodes, first) in [
            (0, Ipv4Addr::LOCALHOST),
            (1, Ipv4Addr::new(10, 0, 0, 1)),
            (3, Ipv4Addr::new(127, 255, 255, 253)),
            (1, Ipv4Addr::BROADCAST),
        ] {
            let error = plan(Path::new("/d"), &settings(nodes, first)).unwrap_err();
            assert!(
                matches!(error, DevError::Addresses { .. }),
                "{nodes} from {first}"
            );
        }
    }
}
