//! What everything in this layer of a node shares.

use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use dashmap::DashMap;
use roost_cluster::{Cluster, FIRST_UNIT, MetaState};
use roost_model::{ConnectionEpoch, Identity, Limits, NodeId, PartitionId, partition_of};
use tokio::sync::{Semaphore, watch};

use crate::census::Census;
use crate::directory::Directory;
use crate::invocations::Invocations;
use crate::link::LinkHandle;
use crate::query::Indexing;
use crate::readers::ReaderTable;
use crate::session::{CloseReason, Sessions};
use crate::settings::{Settings, TrustCache};
use crate::wire::{self, Answer, Call};

/// How long a session's end may take to reach its edge before the leader goes on without.
const CLOSE_DEADLINE: Duration = Duration::from_secs(1);
/// A session may be ended before its edge has heard that it was granted.
const CLOSE_TRIES: u32 = 4;
const CLOSE_RETRY: Duration = Duration::from_millis(60);

/// Shared by the actors, the links and the clients of one node.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) cluster: Cluster,
    /// Callers may live on other runtimes (an edge's threads); what they start lives here.
    pub(crate) runtime: tokio::runtime::Handle,
    pub(crate) meta: watch::Receiver<Arc<MetaState>>,
    pub(crate) limits: Limits,
    pub(crate) timings: Timings,
    pub(crate) directory: Directory,
    pub(crate) sessions: Sessions,
    pub(crate) trust: TrustCache,
    pub(crate) links: DashMap<PartitionId, LinkHandle>,
    pub(crate) invocations: Invocations,
    /// Readers of the event stream whose links this node holds.
    pub(crate) readers: ReaderTable,
    /// The partition that is asked first for feedback, so that none is always last.
    pub(crate) feedback_turn: AtomicU16,
    /// Queries that may work at once on this node.
    pub(crate) query_turns: Semaphore,
    pub(crate) indexing: Indexing,
    pub(crate) census: Census,
}

/// The layer's own clockwork.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Timings {
    /// How long sessions may stay unconfirmed after a leader change or a lost edge.
    #[serde(with = "humantime_serde")]
    pub session_grace: Duration,
    /// How long a connection may outlive its token, so that a device whose clock is behind, or that
    /// renews late, keeps its connection. IoT Hub itself takes five to ten minutes.
    #[serde(with = "humantime_serde")]
    pub token_grace: Duration,
    /// A device actor that had nothing to do for this long is put to rest.
    #[serde(with = "humantime_serde")]
    pub passivate_after: Duration,
    /// How often event retention is looked at.
    #[serde(with = "humantime_serde")]
    pub retention_interval: Duration,
}

// === impl Timings ===

impl Default for Timings {
    fn default() -> Timings {
        Timings {
            session_grace: Duration::from_secs(10),
            token_grace: Duration::from_secs(10),
            passivate_after: Duration::from_secs(15),
            retention_interval: Duration::from_secs(30),
        }
    }
}

// === impl Context ===

impl Context {
    pub(crate) fn settings(&self) -> Option<Settings> {
        Settings::of(Arc::clone(&self.meta.borrow()))
    }

    pub(crate) fn next_feedback_turn(&self) -> u16 {
        self.feedback_turn.fetch_add(1, Ordering::Relaxed)
    }

    /// Whether clients may call the hub by this name.
    pub(crate) fn is_hub(&self, host: &str) -> bool {
        let meta = self.meta.borrow();
        let settings = meta.units.get(&FIRST_UNIT).map(|unit| &unit.settings);
        settings.is_some_and(|settings| settings.hosts().any(|name| name.matches(host)))
    }

    /// The number of partitions; zero before the cluster is formed.
    pub(crate) fn partition_count(&self) -> u16 {
        self.meta
            .borrow()
            .units
            .get(&FIRST_UNIT)
            .map_or(0, |unit| unit.placement.len() as u16)
    }

    /// Where an identity lives; none before the cluster is formed.
    pub(crate) fn partition_of(&self, identity: &Identity) -> Option<PartitionId> {
        let count = self.partition_count();
        (count > 0).then(|| partition_of(&identity.device, count))
    }

    /// Tells an edge that a session is over. Best effort: the session is fenced in the log
    /// already, so an edge that cannot be reached can do no harm with it.
    pub(crate) async fn close_session(
        &self,
        edge: NodeId,
        identity: Identity,
        epoch: ConnectionEpoch,
        reason: CloseReason,
    ) {
        for attempt in 0..CLOSE_TRIES {
            tokio::time::sleep(CLOSE_RETRY * attempt).await;
            if edge == self.cluster.me() {
                if self.sessions.close(&identity, epoch, reason) {
                    return;
                }
                continue;
            }
            let call = Call::Close {
                identity: identity.clone(),
                epoch,
                reason,
            };
            let answer = self
                .cluster
                .call(edge, wire::encode(&call), CLOSE_DEADLINE)
                .await;
            let known = answer
                .ok()
                .and_then(|bytes| wire::decode::<Answer>(&bytes).ok());
            match known {
                Some(Answer::Done) => return,
                Some(_) => {}
                None => {
                    tracing::warn!(%edge, %identity, "an edge did not hear that a session ended");
                    return;
                }
            }
        }
    }
}
