//! How the nodes of a world are configured: as they usually are, or so that what is rare happens often.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use roost_actors::Timings;
use roost_cluster::transport::tcp::CertificatePaths;
use roost_cluster::{ClusterConfig, HubSettings, NewUnit, PeerConfig, RaftTimings};
use roost_model::{HubName, Limits};

use super::node::NodePlan;
use super::random::Random;
use super::world::{HUB, NODES, PARTITIONS};

const PORT: u16 = 7400;

/// A node's configuration in the world of a seed.
pub(super) fn draw(seed: u64, node_id: u64) -> anyhow::Result<NodePlan> {
    // The same for all nodes.
    let mut random = Random::new(seed, "plan");
    let peers = (1..=NODES).map(|id| PeerConfig {
        id,
        address: address(id).to_string(),
    });
    let hub = HubName::parse(HUB)?;
    let unused = PathBuf::new;
    Ok(NodePlan {
        config: ClusterConfig {
            name: "sim".to_owned(),
            node_id,
            listen: address(node_id),
            advertise: None,
            peers: peers.collect(),
            certificates: CertificatePaths {
                ca: unused(),
                certificate: unused(),
                key: unused(),
            },
            raft: raft(&mut random),
        },
        unit: NewUnit {
            partitions: PARTITIONS,
            replication: NODES as u8,
            settings: HubSettings {
                hub: hub.clone(),
                aliases: Vec::new(),
                policies: BTreeMap::new(),
                authorities: BTreeMap::new(),
                revision: 0,
                consumer_groups: Default::default(),
                retention_ms: u64::from(u32::MAX),
                retention_bytes: u64::from(u32::MAX),
                events: Default::default(),
            },
        },
        hub,
        limits: Limits::default(),
        timings: timings(&mut random),
    })
}

/// In most worlds logs are cut off early, so that replicas need snapshots.
fn raft(random: &mut Random) -> RaftTimings {
    let usual = RaftTimings::default();
    if random.chance(20) {
        return usual;
    }
    RaftTimings {
        flush_interval: Duration::from_millis(random.between(300, 5_000)),
        snapshot_after: random.between(1, 200),
        log_entries_kept: random.between(0, 200),
        ..usual
    }
}

/// In most worlds sessions are given up and actors put to rest early.
fn timings(random: &mut Random) -> Timings {
    let usual = Timings::default();
    if random.chance(20) {
        return usual;
    }
    Timings {
        session_grace: Duration::from_millis(random.between(200, 5_000)),
        passivate_after: Duration::from_millis(random.between(200, 5_000)),
        ..usual
    }
}

pub(super) fn address(node: u64) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::new(10, 0, 0, node as u8), PORT))
}
