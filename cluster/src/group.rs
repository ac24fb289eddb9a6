//! One hosted replica of a Raft group, and the role it plays at the moment.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use openraft::async_runtime::watch::WatchReceiver as _;
use openraft::{Config, ReadPolicy, ServerState};
use roost_engine::{GroupId, SeededBug};
use roost_model::NodeId;
use tokio::sync::watch;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::config::RaftTimings;
use crate::raft::log_store::LogStore;
use crate::raft::machine::Machine;
use crate::raft::network::PeerFactory;
use crate::raft::state_machine::StateMachine;
use crate::raft::types::{LogId, Raft};
use crate::storage::Storage;

const BARRIER_RETRY: Duration = Duration::from_millis(20);

/// What a replica does for its group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Follows, or takes part in an election when no leader is known.
    Follower {
        /// The leader, as far as this replica knows.
        leader: Option<NodeId>,
    },
    /// Leads, and has applied everything that was committed before its term.
    Leader {
        /// The term that fences its proposals.
        term: u64,
    },
}

/// A running replica.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    pub(crate) id: GroupId,
    pub(crate) raft: Raft,
    pub(crate) role: watch::Receiver<Role>,
    /// Where an earlier log of it ended, which was destroyed.
    pub(crate) promised: Option<LogId>,
    _watcher: Arc<DropGuard>,
}

// === impl Role ===

impl Role {
    /// The leader that this replica would send a caller to.
    pub fn leader(self, me: NodeId) -> Option<NodeId> {
        match self {
            Role::Follower { leader } => leader,
            Role::Leader { .. } => Some(me),
        }
    }
}

// === impl Group ===

impl Group {
    pub(crate) async fn open(
        id: GroupId,
        machine: Machine,
        storage: &Storage,
        peers: PeerFactory,
        me: NodeId,
        timings: &RaftTimings,
    ) -> io::Result<Group> {
        let config = raft_config(timings).map_err(io::Error::other)?;
        let log = LogStore::new(storage.log.group(id).map_err(io::Error::other)?);
        let promised = log.promised()?;
        let state_machine = StateMachine::new(machine, storage.staging.clone());
        let raft = Raft::new(me.get(), Arc::new(config), peers, log, state_machine)
            .await
            .map_err(io::Error::other)?;
        let stop = CancellationToken::new();
        let (publish, role) = watch::channel(Role::Follower { leader: None });
        tokio::spawn(watch_role(raft.clone(), publish, stop.clone()));
        Ok(Group {
            id,
            raft,
            role,
            promised,
            _watcher: Arc::new(stop.drop_guard()),
        })
    }

    /// Waits until every write acknowledged before the call is visible to local reads.
    /// Fails when this replica does not lead.
    pub(crate) async fn read_barrier(&self) -> Result<(), NotLeading> {
        if SeededBug::StaleRead.is_in() && self.raft.is_leader() {
            return Ok(());
        }
        self.raft
            .ensure_linearizable(ReadPolicy::ReadIndex)
            .await
            .map(drop)
            .map_err(|_| NotLeading {
                leader: self.known_leader(),
            })
    }

    pub(crate) fn known_leader(&self) -> Option<NodeId> {
        let metrics = self.raft.server_metrics();
        metrics.borrow_watched().current_leader.map(NodeId)
    }

    pub(crate) fn voters(&self) -> Vec<NodeId> {
        self.raft.voter_ids().map(NodeId).collect()
    }

    pub(crate) async fn shutdown(&self) {
        if let Err(error) = self.raft.shutdown().await {
            tracing::warn!(group = self.id.0, %error, "a replica did not stop cleanly");
        }
    }
}

/// This replica cannot answer for its group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this replica does not lead")]
pub struct NotLeading {
    /// Who does, if known.
    pub leader: Option<NodeId>,
}

/// Publishes the role for as long as the replica runs; one that has stopped leads nothing.
async fn watch_role(raft: Raft, publish: watch::Sender<Role>, stop: CancellationToken) {
    follow_role(raft, &publish, stop).await;
    publish.send_replace(Role::Follower { leader: None });
}

/// Leadership is announced only behind a read barrier of its own term, so whoever acts on it sees
/// everything that earlier leaders acknowledged.
async fn follow_role(raft: Raft, publish: &watch::Sender<Role>, stop: CancellationToken) {
    let mut metrics = raft.server_metrics();
    loop {
        let (leads, term, leader) = {
            let now = metrics.borrow_watched();
            (
                now.state == ServerState::Leader,
                now.vote.leader_id.term,
                now.current_leader,
            )
        };
        let announced = *publish.borrow() == Role::Leader { term };
        if leads && !announced {
            let follower = Role::Follower { leader: None };
            publish.send_if_modified(|role| std::mem::replace(role, follower) != follower);
            tokio::select! {
                () = stop.cancelled() => return,
                barrier = raft.ensure_linearizable(ReadPolicy::ReadIndex) => {
                    if barrier.is_ok() && raft.is_leader() {
                        publish.send_replace(Role::Leader { term });
                    } else {
                        // Leadership was lost meanwhile, or there is no quorum: look again.
                        tokio::time::sleep(BARRIER_RETRY).await;
                        continue;
                    }
                }
            }
        } else if !leads {
            let role = Role::Follower {
                leader: leader.map(NodeId),
            };
            publish.send_if_modified(|current| std::mem::replace(current, role) != role);
        }
        tokio::select! {
            () = stop.cancelled() => return,
            changed = metrics.changed() => if changed.is_err() { return },
        }
    }
}

fn raft_config(timings: &RaftTimings) -> Result<Config, openraft::ConfigError> {
    let heartbeat = timings.heartbeat.as_millis() as u64;
    Config {
        cluster_name: "roost".into(),
        heartbeat_interval: heartbeat,
        heartbeat_min_interval: Some(heartbeat * 4 / 5),
        election_timeout_min: timings.election_min.as_millis() as u64,
        election_timeout_max: timings.election_max.as_millis() as u64,
        install_snapshot_timeout: 600_000,
        max_payload_entries: 256,
        max_in_snapshot_log_to_keep: timings.log_entries_kept,
        purge_batch_size: 512,
        // Snapshots are taken by the node's flush schedule, one flush for all groups.
        snapshot_policy: openraft::SnapshotPolicy::Never,
        enable_pre_vote: Some(true),
        enable_leader_restore: Some(false),
        ..Default::default()
    }
    .validate()
}
