//! The leader's side: gives out seats, and has the links detached of those that lose theirs.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use roost_model::NodeId;
use tokio::time::Instant;

use super::registry::{Displaced, Registry};
use super::{Denial, ReadersAnswer, ReadersRequest};
use crate::directory::Leading;
use crate::leadership::Leadership;
use crate::wire::{self, Answer, Call, Refused};

/// For so long a new leader gives out no seats: edges are naming those that their readers have.
const GATHERING: Duration = Duration::from_millis(500);
/// An edge only has to note it.
const DEADLINE: Duration = Duration::from_secs(1);
/// An edge that cannot be reached hears of it when it names its readers.
const TRIES: u32 = 3;
const RETRY: Duration = Duration::from_millis(200);

/// The seats of a led partition, for as long as the leadership lasts. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct LeaderSeats {
    registry: Arc<Mutex<Registry>>,
    since: Instant,
}

// === impl LeaderSeats ===

impl LeaderSeats {
    pub(crate) fn new(leadership: &Leadership) -> LeaderSeats {
        let most = leadership.context.limits.max_readers_per_group as usize;
        LeaderSeats {
            registry: Arc::new(Mutex::new(Registry::new(leadership.term, most))),
            since: Instant::now(),
        }
    }

    async fn answer(
        &self,
        leadership: &Leadership,
        request: ReadersRequest,
    ) -> Result<Answer, Refused> {
        if matches!(request, ReadersRequest::Sit { .. }) {
            tokio::time::sleep_until(self.since + GATHERING).await;
        }
        // Who has been deposed must not give out what a newer leader does.
        leadership.barrier().await?;
        let now = Instant::now();
        let (answer, displaced) = match request {
            ReadersRequest::Sit { node, claim } => {
                let sat = self.registry.lock().sit(node, claim, now);
                let (stamp, displaced) = sat.map_err(Refused::from)?;
                (ReadersAnswer::Seated(stamp), displaced)
            }
            ReadersRequest::Name {
                node,
                below,
                claims,
            } => {
                let named = self.registry.lock().name(node, below, claims, now);
                (ReadersAnswer::Named(named.0), named.1)
            }
        };
        displace(leadership, displaced);
        Ok(Answer::Readers(answer))
    }
}

/// Answers an edge.
pub(crate) async fn serve(leading: Leading, request: ReadersRequest) -> Result<Answer, Refused> {
    leading.seats.answer(&leading.leadership, request).await
}

/// A node cannot be reached: its readers have gone elsewhere, or it names them when it is back.
pub(crate) fn lost(leading: &Leading, node: NodeId) {
    leading.seats.registry.lock().lose(node);
}

/// Asks a node, or all, to name its readers of a led partition.
pub(crate) fn ready(leadership: &Leadership, only: Option<NodeId>) {
    let (context, partition) = (&leadership.context, leadership.partition());
    let me = context.cluster.me();
    if only.is_none_or(|node| node == me) {
        context.readers.tell(partition);
    }
    let nodes: Vec<NodeId> = match only {
        Some(node) => vec![node],
        None => context.meta.borrow().nodes.keys().copied().collect(),
    };
    for node in nodes.into_iter().filter(|node| *node != me) {
        let context = Arc::clone(context);
        tokio::spawn(async move {
            let call = wire::encode(&Call::NameReaders(partition));
            // An edge that does not hear it names its readers within seconds all the same.
            let _ = context.cluster.call(node, call, DEADLINE).await;
        });
    }
}

/// Tells edges of readers that have to go.
fn displace(leadership: &Leadership, displaced: Vec<Displaced>) {
    let mut by_node: BTreeMap<NodeId, Vec<(u64, Denial)>> = BTreeMap::new();
    for Displaced { node, number, why } in displaced {
        by_node.entry(node).or_default().push((number, why));
    }
    for (node, readers) in by_node {
        tokio::spawn(tell(leadership.clone(), node, readers));
    }
}

async fn tell(leadership: Leadership, node: NodeId, readers: Vec<(u64, Denial)>) {
    let (context, partition) = (&leadership.context, leadership.partition());
    if node == context.cluster.me() {
        return context.readers.displace_all(partition, readers);
    }
    let call = wire::encode(&Call::Displace(partition, readers));
    for attempt in 0..TRIES {
        tokio::time::sleep(RETRY * attempt).await;
        let told = context.cluster.call(node, call.clone(), DEADLINE).await;
        if told.is_ok() {
            return;
        }
    }
    tracing::info!(%partition, %node, "an edge did not hear that readers have to go");
}
