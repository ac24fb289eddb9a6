//! Checks of `[cluster]` that need no running cluster.

use std::collections::BTreeSet;

use roost_cluster::ClusterConfig;

use super::ConfigError;

/// Without an advertised address, peers dial the one in their list.
pub(super) fn complete(config: &mut ClusterConfig) {
    if config.advertise.is_none() {
        let own = config.peers.iter().find(|peer| peer.id == config.node_id);
        config.advertise = own.map(|peer| peer.address.clone());
    }
}

/// Whether the node is one of those that form the cluster.
pub(super) fn is_founder(config: &ClusterConfig) -> bool {
    config.peers.iter().any(|peer| peer.id == config.node_id)
}

pub(super) fn validate(config: &ClusterConfig) -> Result<(), ConfigError> {
    let invalid = |key, problem: &str| Err(ConfigError::invalid(key, problem.to_owned()));
    if config.name.is_empty() {
        return invalid("cluster.name", "must not be empty");
    }
    if config.node_id == 0 {
        return invalid("cluster.node_id", "starts at 1");
    }
    if config.peers.is_empty() {
        return invalid("cluster.peers", "needs at least one node");
    }
    let mut ids = BTreeSet::new();
    let mut addresses = BTreeSet::new();
    for peer in &config.peers {
        if peer.id == 0 {
            return invalid("cluster.peers", "node ids start at 1");
        }
        if !ids.insert(peer.id) {
            return invalid("cluster.peers", &format!("names node {} twice", peer.id));
        }
        check_address("cluster.peers", &peer.address)?;
        if !addresses.insert(&peer.address) {
            return invalid("cluster.peers", &format!("names {} twice", peer.address));
        }
    }
    match &config.advertise {
        Some(address) => check_address("cluster.advertise", address),
        None if config.listen.ip().is_unspecified() => invalid(
            "cluster.advertise",
            "is needed: this node is not among the peers and listens on every address",
        ),
        None => Ok(()),
    }
}

/// `host:port`, where the host may be a name, an IPv4 or a bracketed IPv6 address.
pub(crate) fn is_host_and_port(address: &str) -> bool {
    match address.rsplit_once(':') {
        Some((host, port)) => {
            let bracketed = host.starts_with('[') && host.ends_with(']');
            !host.is_empty()
                && (bracketed || !host.contains(':'))
                && !host.contains(char::is_whitespace)
                && port.parse::<u16>().is_ok_and(|port| port > 0)
        }
        None => false,
    }
}

fn check_address(key: &'static str, address: &str) -> Result<(), ConfigError> {
    if is_host_and_port(address) {
        Ok(())
    } else {
        Err(ConfigError::invalid(
            key,
            format!("`{address}` is not of the form host:port"),
        ))
    }
}
