//! What an operator sets for the cluster layer.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use roost_model::NodeId;
use serde::{Deserialize, Serialize};

use crate::transport::tcp::CertificatePaths;

/// The `[cluster]` table of a node's configuration.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClusterConfig {
    /// Name that all nodes of the cluster share; links between differing names are refused.
    #[serde(default = "default_name")]
    pub name: String,
    /// This node's number, 1 or more; never reused once the node was removed.
    pub node_id: u64,
    /// Where peers connect to.
    pub listen: SocketAddr,
    /// What peers dial, `host:port`; the listen address when absent.
    #[serde(default)]
    pub advertise: Option<String>,
    /// The nodes of the first start, this one included. A node that joins later lists any nodes
    /// that it can reach the cluster through.
    pub peers: Vec<PeerConfig>,
    /// Mutual TLS between nodes.
    pub certificates: CertificatePaths,
    /// Raft's timings and log retention.
    #[serde(default)]
    pub raft: RaftTimings,
}

/// One entry of the static list of peers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PeerConfig {
    /// The peer's number.
    pub id: u64,
    /// Where it listens for peers, `host:port`.
    pub address: String,
}

/// The `[cluster.raft]` table.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RaftTimings {
    /// How often a leader reassures its followers.
    #[serde(with = "humantime_serde")]
    pub heartbeat: Duration,
    /// A follower that hears nothing for this long starts an election, at the earliest.
    #[serde(with = "humantime_serde")]
    pub election_min: Duration,
    /// … and at the latest. Also the leader lease.
    #[serde(with = "humantime_serde")]
    pub election_max: Duration,
    /// How often the state is flushed so that the log behind it can go.
    #[serde(with = "humantime_serde")]
    pub flush_interval: Duration,
    /// Entries by which a group's log must have grown since its last snapshot for a flush to take
    /// another one.
    pub snapshot_after: u64,
    /// Log entries kept behind a flush for followers that lag a little.
    pub log_entries_kept: u64,
}

/// Where a node keeps its data.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StorageConfig {
    /// The data directory; created when absent. One node process at a time.
    pub dir: PathBuf,
    /// Block cache shared by both databases, in bytes.
    #[serde(default = "default_cache")]
    pub cache_bytes: usize,
}

// === impl ClusterConfig ===

impl ClusterConfig {
    /// This node.
    pub fn me(&self) -> NodeId {
        NodeId(self.node_id)
    }

    /// What peers dial to reach this node.
    pub fn advertised(&self) -> String {
        self.advertise
            .clone()
            .unwrap_or_else(|| self.listen.to_string())
    }
}

fn default_name() -> String {
    "roost".into()
}

fn default_cache() -> usize {
    256 << 20
}

// === impl RaftTimings ===

impl Default for RaftTimings {
    fn default() -> RaftTimings {
        RaftTimings {
            heartbeat: Duration::from_millis(250),
            election_min: Duration::from_millis(900),
            election_max: Duration::from_millis(1500),
            flush_interval: Duration::from_secs(10),
            snapshot_after: 500,
            log_entries_kept: 2000,
        }
    }
}
