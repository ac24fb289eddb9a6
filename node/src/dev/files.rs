//! Everything that the nodes need on disk before they start.

use std::net::{IpAddr, Ipv6Addr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use roost_actors::Timings;
use roost_amqp::AmqpConfig;
use roost_cluster::transport::tcp::CertificatePaths;
use roost_cluster::{ClusterConfig, PeerConfig, RaftTimings, StorageConfig};
use roost_edge::TlsConfig;
use roost_http::HttpConfig;
use roost_model::{HubName, Limits};
use roost_mqtt::MqttConfig;

use super::DevError;
use super::nodes::{AMQP_PORT, CLUSTER_PORT, DevNode, HTTPS_PORT, METRICS_PORT, MQTT_PORT};
use super::settings::Settings;
use crate::config::{ByteSize, HubConfig, LogConfig, NodeConfig};
use crate::files::{self, Access};
use crate::pki::{Authority, ServerName};
use crate::policies::Policies;

/// How long the certificates are valid; they are made anew at every start.
const LIFETIME: Duration = Duration::from_secs(2 * 365 * 24 * 60 * 60);

/// Memory for blocks read from disk: the nodes share one machine.
const CACHE: ByteSize = ByteSize::mebibytes(128);

/// Names for the machine itself that the certificate covers besides the hub's.
const LOCAL_NAMES: [&str; 2] = ["localhost", "roost.local"];

/// What the manifest has to tell about the files.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) ca: PathBuf,
    pub(super) policies: Policies,
}

/// Makes the authority and the policies at the first start, certificates and configurations at every.
///
/// # Errors
/// The folder cannot be written, or holds damaged files.
pub(super) fn prepare(
    directory: &Path,
    settings: &Settings,
    nodes: &[DevNode],
) -> Result<Prepared, DevError> {
    let authority = Authority::load_or_create(directory, "Roost development authority")?;
    let names = server_names(settings, nodes);
    let server = authority
        .issue_server(&names, LIFETIME)?
        .write(directory, "server")?;
    let policies_file = directory.join("policies.toml");
    let policies = Policies::load_or_generate(&policies_file)?;
    let peers = peers(nodes);
    let hub = HubConfig {
        // `::1` stands in the certificate, but no connection string can hold it.
        aliases: names
            .iter()
            .filter_map(|name| HubName::parse(&name.to_string()).ok())
            .collect(),
        partitions: settings.partitions,
        policies_file: Some(policies_file),
        ..HubConfig::new(HubName::parse(&settings.hub)?)
    };
    for node in nodes {
        let id = u64::from(node.id);
        let link = authority
            .issue_node(id, LIFETIME)?
            .write(directory, &format!("node-{id}"))?;
        let certificates = CertificatePaths {
            ca: authority.certificate_file().to_owned(),
            certificate: link.certificate,
            key: link.key,
        };
        let config = NodeConfig {
            cluster: ClusterConfig {
                name: settings.hub.clone(),
                node_id: id,
                listen: node.socket(CLUSTER_PORT),
                advertise: None,
                certificates,
                peers: peers.clone(),
                raft: RaftTimings::default(),
            },
            storage: StorageConfig {
                dir: node.storage.clone(),
                cache_bytes: CACHE.bytes() as usize,
            },
            hub: hub.clone(),
            tls: TlsConfig {
                certificate: server.certificate.clone(),
                key: server.key.clone(),
            },
            mqtt: MqttConfig {
                listen: vec![node.socket(MQTT_PORT)],
                ..MqttConfig::default()
            },
            amqp: AmqpConfig {
                listen: vec![node.socket(AMQP_PORT)],
                ..AmqpConfig::default()
            },
            https: HttpConfig {
                listen: vec![node.socket(HTTPS_PORT)],
                probes: Some(node.socket(METRICS_PORT)),
                ..HttpConfig::default()
            },
            sessions: Timings::default(),
            limits: Limits::default(),
            log: LogConfig::default(),
        };
        files::write(&node.config, &config.to_toml()?, Access::Everyone)?;
    }
    Ok(Prepared {
        ca: authority.certificate_file().to_owned(),
        policies,
    })
}

fn peers(nodes: &[DevNode]) -> Vec<PeerConfig> {
    let peer = |node: &DevNode| PeerConfig {
        id: u64::from(node.id),
        address: node.socket(CLUSTER_PORT).to_string(),
    };
    nodes.iter().map(peer).collect()
}

/// Every name and address under which a client on this machine may dial the hub.
fn server_names(settings: &Settings, nodes: &[DevNode]) -> Vec<ServerName> {
    let mut names = vec![ServerName::Dns(settings.hub.to_ascii_lowercase())];
    if let Ok(address) = settings.hub.parse() {
        names = vec![ServerName::Address(address)];
    }
    let local = LOCAL_NAMES
        .iter()
        .map(|name| ServerName::Dns((*name).to_owned()));
    let addresses = nodes
        .iter()
        .map(|node| ServerName::Address(IpAddr::V4(node.address)));
    let ipv6 = ServerName::Address(IpAddr::V6(Ipv6Addr::LOCALHOST));
    for name in local.chain(addresses).chain([ipv6]) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::super::nodes;
    use super::*;

    #[test]
    fn every_configuration_loads_and_names_the_files_that_were_made() {
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings {
            nodes: 3,
            hub: "Hub.Example.com".to_owned(),
            partitions: 4,
            first_address: Ipv4Addr::LOCALHOST,
        };
        let nodes = nodes::plan(folder.path(), &settings).unwrap();
        prepare(folder.path(), &settings, &nodes).unwrap();
        let ca = std::fs::read(folder.path().join("ca.pem")).unwrap();
        let prepared = prepare(folder.path(), &settings, &nodes).unwrap();
        assert_eq!(
            std::fs::read(&prepared.ca).unwrap(),
            ca,
            "the authority is kept"
        );
        for node in &nodes {
            let config = NodeConfig::load(&node.config).unwrap();
            assert_eq!(config.cluster.node_id, u64::from(node.id));
            assert_eq!(config.cluster.peers.len(), 3);
            assert_eq!(config.cluster.advertised(), node.socket(7600).to_string());
            assert_eq!(config.hub.partitions, 4);
            for name in ["localhost", "roost.local", "127.0.0.1", "127.0.0.3"] {
                assert!(
                    config
                        .hub
                        .aliases
                        .iter()
                        .any(|alias| alias.as_str() == name),
                    "{name}"
                );
            }
            for file in [
                &config.cluster.certificates.ca,
                &config.cluster.certificates.certificate,
                &config.cluster.certificates.key,
                &config.tls.certificate,
                &config.tls.key,
                config.hub.policies_file.as_ref().unwrap(),
            ] {
                assert!(file.is_file(), "{}", file.display());
            }
        }
    }
}
