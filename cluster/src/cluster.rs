//! A node's part in the cluster: its links, its replicas and its view of the meta state.
//!
//! ```text
//!  start ─► open storage ─► links up ─► bootstrap or rejoin the meta group
//!                                          │ meta state
//!                        hosting ◄─────────┤ opens and closes partition replicas
//!                        membership ◄──────┤ leaders fit voters to placement, leadership to plan
//!                        failover ◄── links│ campaigns when a leader's link breaks
//! ```

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use parking_lot::RwLock;
use roost_model::{Incarnation, NodeId, PartitionId, UnitId};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::config::{ClusterConfig, StorageConfig};
use crate::group::Group;
use crate::ids::META_GROUP;
use crate::inbound::Inbound;
use crate::meta::{MetaMachine, MetaState, NewUnit};
use crate::partition::PartitionHandle;
use crate::raft::machine::Machine;
use crate::raft::network::PeerFactory;
use crate::raft::server::RaftServer;
use crate::routing::Hints;
use crate::rpc::{CallError, Lane, Network, NetworkOptions, Stream};
use crate::service::Service;
use crate::storage::{Storage, StorageError};
use crate::transport::Transport;
use crate::{blocking, bootstrap, failover, hosting, kinds, maintenance, membership};

/// The scale unit of a cluster's first hub.
pub const FIRST_UNIT: UnitId = UnitId(0);

/// A running node's handle to the cluster. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Cluster {
    shared: Arc<Shared>,
}

/// What the cluster's tasks share.
pub(crate) struct Shared {
    pub(crate) me: NodeId,
    pub(crate) config: ClusterConfig,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) storage: Storage,
    pub(crate) network: Network,
    pub(crate) server: RaftServer,
    pub(crate) meta: OnceLock<Group>,
    pub(crate) meta_state: watch::Receiver<Arc<MetaState>>,
    pub(crate) partitions: RwLock<BTreeMap<PartitionId, PartitionHandle>>,
    pub(crate) hosted: watch::Sender<u64>,
    /// Where leaders of partitions are that have no replica here.
    pub(crate) hints: Hints,
    pub(crate) service: OnceLock<Arc<dyn Service>>,
    pub(crate) failed: watch::Sender<Option<String>>,
    pub(crate) stop: CancellationToken,
}

/// Why a node cannot take part.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The configuration contradicts itself.
    #[error("{0}")]
    Config(String),
    /// The data directory cannot be used.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The cluster port or certificates cannot be used.
    #[error("{0}")]
    Transport(String),
    /// The meta group's replica did not open.
    #[error("cannot open the meta group: {0}")]
    Meta(std::io::Error),
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared")
            .field("me", &self.me)
            .finish_non_exhaustive()
    }
}

// === impl Cluster ===

impl Cluster {
    /// Opens the node's storage and starts its replicas. Returns at once; [`Cluster::readiness`]
    /// tells when it serves. `first_unit` is what the very first start of a cluster creates.
    pub async fn start(
        config: ClusterConfig,
        storage: &StorageConfig,
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
        first_unit: NewUnit,
    ) -> Result<Cluster, StartError> {
        check(&config)?;
        let storage = Storage::open(storage, config.me())?;
        Cluster::start_on(storage, config, transport, clock, first_unit).await
    }

    /// As [`Cluster::start`], on storage that is open already.
    pub async fn start_on(
        storage: Storage,
        config: ClusterConfig,
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
        first_unit: NewUnit,
    ) -> Result<Cluster, StartError> {
        let me = config.me();
        check(&config)?;
        let (published, meta_state) = watch::channel(Arc::new(MetaState::default()));
        let machine = MetaMachine::open(storage.state.clone(), META_GROUP, published)
            .map_err(StartError::Meta)?;
        let options = NetworkOptions {
            cluster: config.name.clone(),
            incarnation: storage.incarnation,
            ..NetworkOptions::default()
        };
        let shared = Arc::new_cyclic(|shared| Shared {
            me,
            clock,
            network: Network::start(
                me,
                transport,
                Arc::new(Inbound {
                    shared: shared.clone(),
                }),
                options,
            ),
            server: RaftServer::default(),
            meta: OnceLock::new(),
            meta_state,
            partitions: RwLock::default(),
            hosted: watch::channel(0).0,
            hints: Hints::default(),
            service: OnceLock::new(),
            failed: watch::channel(None).0,
            stop: CancellationToken::new(),
            config,
            storage,
        });
        shared.update_peers();
        shared.open_meta(machine).await.map_err(StartError::Meta)?;
        shared.spawn_tasks(first_unit);
        Ok(Cluster { shared })
    }

    /// This node.
    pub fn me(&self) -> NodeId {
        self.shared.me
    }

    /// How often this node's data directory was opened.
    pub fn incarnation(&self) -> Incarnation {
        self.shared.storage.incarnation
    }

    /// The node's clock.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.shared.clock
    }

    /// The meta state, and every change of it.
    pub fn meta(&self) -> watch::Receiver<Arc<MetaState>> {
        self.shared.meta_state.clone()
    }

    /// The replica of a partition, if this node hosts one.
    pub fn partition(&self, partition: PartitionId) -> Option<PartitionHandle> {
        self.shared.partitions.read().get(&partition).cloned()
    }

    /// All hosted replicas.
    pub fn partitions(&self) -> Vec<PartitionHandle> {
        self.shared.partitions.read().values().cloned().collect()
    }

    /// Changes whenever a replica is opened or closed.
    pub fn hosting(&self) -> watch::Receiver<u64> {
        self.shared.hosted.subscribe()
    }

    /// Calls the layer above on another node.
    ///
    /// # Errors
    /// [`CallError`]; a call to this node itself is [`CallError::Unreachable`].
    pub async fn call(
        &self,
        to: NodeId,
        payload: Bytes,
        deadline: Duration,
    ) -> Result<Bytes, CallError> {
        self.shared
            .network
            .call(to, kinds::SERVICE_CALL, payload, deadline)
            .await
    }

    /// Opens a stream to the layer above on another node.
    ///
    /// # Errors
    /// [`CallError`] when the peer cannot be reached.
    pub async fn open(&self, to: NodeId, header: Bytes) -> Result<Stream, CallError> {
        self.shared
            .network
            .open(to, Lane::Control, kinds::SERVICE_STREAM, header)
            .await
    }

    /// The links to the other nodes.
    pub fn network(&self) -> &Network {
        &self.shared.network
    }

    /// Says who takes the messages of the layer above; once, right after the start.
    pub fn serve(&self, service: Arc<dyn Service>) {
        if self.shared.service.set(service).is_err() {
            tracing::error!("the node's service was set twice; the second one is ignored");
        }
    }

    /// Why this node must not go on, once that is so.
    pub fn failed(&self) -> watch::Receiver<Option<String>> {
        self.shared.failed.subscribe()
    }

    /// Hands leadership over where somebody can take it, stops the replicas and flushes.
    pub async fn shutdown(&self) {
        membership::hand_over(&self.shared).await;
        self.shared.stop.cancel();
        for group in self.shared.groups() {
            group.shutdown().await;
        }
        let state = self.shared.storage.state.clone();
        let flushed = blocking::run(move || state.flush()).await;
        if let Ok(Err(error)) = flushed {
            tracing::warn!(%error, "the last flush failed; the log will be replayed");
        }
        self.shared.storage.log.close();
        self.shared.network.shutdown().await;
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }
}

fn check(config: &ClusterConfig) -> Result<(), StartError> {
    if config.node_id == 0 {
        return Err(StartError::Config(
            "cluster.node_id must be 1 or more".into(),
        ));
    }
    let mut ids: Vec<u64> = config.peers.iter().map(|peer| peer.id).collect();
    ids.sort_unstable();
    if ids.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(StartError::Config(
            "cluster.peers lists a node id twice".into(),
        ));
    }
    Ok(())
}

// === impl Shared ===

impl Shared {
    /// The meta state of the moment.
    pub(crate) fn meta_state(&self) -> Arc<MetaState> {
        self.meta_state.borrow().clone()
    }

    pub(crate) fn meta_group(&self) -> Option<&Group> {
        self.meta.get()
    }

    pub(crate) async fn meta_initialized(&self) -> bool {
        match self.meta_group() {
            None => false,
            Some(group) => group.raft.is_initialized().await.unwrap_or(false),
        }
    }

    /// Every replica on this node, the meta group's included.
    pub(crate) fn groups(&self) -> Vec<Group> {
        let partitions = self.partitions.read();
        let partitions = partitions
            .values()
            .map(|partition| partition.inner.group.clone());
        self.meta
            .get()
            .cloned()
            .into_iter()
            .chain(partitions)
            .collect()
    }

    pub(crate) fn peer_factory(&self, group: roost_engine::GroupId) -> PeerFactory {
        PeerFactory {
            group,
            network: self.network.clone(),
        }
    }

    /// Ends the node: whoever wired it watches [`Cluster::failed`].
    pub(crate) fn fail(&self, reason: String) {
        tracing::error!(%reason, "this node cannot go on");
        // The first reason is the cause of those that follow.
        self.failed.send_if_modified(|failed| {
            let first = failed.is_none();
            failed.get_or_insert(reason);
            first
        });
    }

    /// Dials the static peers and everyone in the meta state, and turns away who was removed.
    pub(crate) fn update_peers(&self) {
        let meta = self.meta_state();
        let mut peers: BTreeMap<NodeId, String> = BTreeMap::new();
        for peer in &self.config.peers {
            if !meta.retired.contains(&NodeId(peer.id)) {
                peers.insert(NodeId(peer.id), peer.address.clone());
            }
        }
        for (node, record) in &meta.nodes {
            peers.insert(*node, record.address.clone());
        }
        peers.remove(&self.me);
        self.network.set_peers(peers);
        self.network.turn_away(&meta.retired);
    }

    async fn open_meta(&self, machine: MetaMachine) -> std::io::Result<()> {
        let peers = self.peer_factory(META_GROUP);
        let machine = Machine::Meta(machine);
        let timings = &self.config.raft;
        let group =
            Group::open(META_GROUP, machine, &self.storage, peers, self.me, timings).await?;
        self.server.insert(&group);
        // The one place that sets it.
        let _ = self.meta.set(group);
        Ok(())
    }

    fn spawn_tasks(self: &Arc<Shared>, first_unit: NewUnit) {
        self.spawn(bootstrap::run(self.clone(), first_unit));
        self.spawn(hosting::run(self.clone()));
        self.spawn(membership::run(self.clone()));
        self.spawn(membership::watch_expulsion(self.clone()));
        self.spawn(maintenance::run(self.clone()));
        self.spawn(maintenance::watch_storage(self.clone()));
        self.spawn(failover::watch_links(self.clone()));
    }

    /// Runs a task until the node stops.
    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let stop = self.stop.clone();
        tokio::spawn(async move {
            tokio::select! {
                () = stop.cancelled() => {}
                () = task => {}
            }
        });
    }
}
