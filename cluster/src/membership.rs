//! What leaders do for the plan: fit voters to placement, and hand leadership to who should have it.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use openraft::EmptyNode;
use openraft::async_runtime::watch::WatchReceiver as _;
use roost_model::NodeId;
use tokio::time::timeout;

use crate::cluster::{FIRST_UNIT, Shared};
use crate::group::{Group, Role};
use crate::meta::MetaState;

const TICK: Duration = Duration::from_millis(500);
/// A replica may lag this many entries and still be handed leadership.
const CLOSE_BEHIND: u64 = 64;
/// How many leaderships a node hands over in one tick.
const TRANSFERS_A_TICK: usize = 3;
/// The meta group votes with at most this many nodes; the others learn.
const META_VOTERS: usize = 5;
/// How long a change of members may take until it is tried again.
const FIT: Duration = Duration::from_secs(5);
/// How long a stopping node waits for others to lead.
const HAND_OVER: Duration = Duration::from_secs(3);

pub(crate) async fn run(shared: Arc<Shared>) {
    let mut tick = tokio::time::interval(TICK);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        let meta = shared.meta_state();
        if meta.retired.contains(&shared.me) {
            return shared.fail(removed(shared.me));
        }
        if let Some(reason) = stopped_replica(&shared) {
            return shared.fail(reason);
        }
        if let Some(group) = shared.meta_group().filter(|group| leads(group)) {
            let nodes: Vec<NodeId> = meta.nodes.keys().copied().collect();
            fit(&shared, group, &meta_voters(group, &nodes), &nodes).await;
        }
        let partitions: Vec<_> = shared.partitions.read().values().cloned().collect();
        let led = partitions
            .iter()
            .filter(|partition| leads(&partition.inner.group));
        let led: Vec<_> = led
            .map(|partition| {
                (
                    &partition.inner.group,
                    meta.replicas(FIRST_UNIT, partition.id()),
                )
            })
            .collect();
        let fits = led
            .iter()
            .map(|(group, replicas)| fit(&shared, group, replicas, replicas));
        join_all(fits).await;
        let mut transfers = 0;
        for (group, replicas) in led {
            if transfers < TRANSFERS_A_TICK && settle_leadership(&shared, group, replicas).await {
                transfers += 1;
            }
        }
    }
}

/// A removed node hears of it from the others, if not from the log: who was down when it happened,
/// or was cut off before the entry came, finds every door closed and is told why.
pub(crate) async fn watch_expulsion(shared: Arc<Shared>) {
    let mut expelled = shared.network.expelled();
    if expelled.wait_for(|expelled| *expelled).await.is_ok() {
        shared.fail(removed(shared.me));
    }
}

fn removed(node: NodeId) -> String {
    format!("node {node} was removed from the cluster; join under a new id")
}

/// A replica that met a storage failure has stopped for good: the node must go, so that nobody
/// counts on it, and start again from what is on its disk.
fn stopped_replica(shared: &Shared) -> Option<String> {
    shared.groups().iter().find_map(|group| {
        let metrics = group.raft.metrics();
        let state = metrics.borrow_watched().running_state.clone();
        state
            .err()
            .map(|error| format!("the replica of group {} has stopped: {error}", group.id.0))
    })
}

fn leads(group: &Group) -> bool {
    matches!(*group.role.borrow(), Role::Leader { .. })
}

/// Keeps the voters there are, and fills up from the lowest ids; an even count gains nothing.
fn meta_voters(group: &Group, nodes: &[NodeId]) -> Vec<NodeId> {
    let current = group.voters();
    let (kept, others): (Vec<NodeId>, Vec<NodeId>) =
        nodes.iter().partition(|node| current.contains(node));
    let mut voters: Vec<NodeId> = kept.into_iter().chain(others).take(META_VOTERS).collect();
    if voters.len().is_multiple_of(2) && voters.len() > 2 {
        voters.pop();
    }
    voters
}

/// Does what there is to do, as far as the group gets it done in time: one that has no majority at the
/// moment holds up nobody else.
async fn fit(shared: &Shared, group: &Group, voters: &[NodeId], members: &[NodeId]) {
    let fitted = timeout(FIT, try_fit(shared, group, voters, members));
    if fitted.await.is_err() {
        tracing::warn!(group = group.id.0, "voters cannot be changed at the moment");
    }
}

/// Adds who is missing as a learner, promotes, and drops who is no longer wanted.
async fn try_fit(shared: &Shared, group: &Group, voters: &[NodeId], members: &[NodeId]) {
    if voters.is_empty() {
        return;
    }
    let wanted: BTreeSet<u64> = voters.iter().map(|node| node.get()).collect();
    let current: BTreeSet<u64> = group.raft.voter_ids().collect();
    let known: BTreeSet<u64> = current
        .iter()
        .copied()
        .chain(group.raft.learner_ids())
        .collect();
    let missing = members.iter().filter(|node| !known.contains(&node.get()));
    for node in missing.filter(|node| shared.network.is_up(**node)) {
        tracing::info!(group = group.id.0, %node, "adding a replica");
        if let Err(error) = group
            .raft
            .add_learner(node.get(), EmptyNode {}, false)
            .await
        {
            tracing::warn!(group = group.id.0, %node, %error, "cannot add a replica yet");
            return;
        }
    }
    let ready = wanted
        .iter()
        .all(|id| current.contains(id) || caught_up(group, *id));
    let unwanted: BTreeSet<u64> = known
        .iter()
        .copied()
        .filter(|id| !members.iter().any(|node| node.get() == *id))
        .collect();
    if !ready || (wanted == current && unwanted.is_empty()) {
        return;
    }
    tracing::info!(group = group.id.0, ?current, ?wanted, "changing the voters");
    if let Err(error) = group.raft.change_membership(wanted, true).await {
        tracing::warn!(group = group.id.0, %error, "cannot change the voters yet");
        return;
    }
    if !unwanted.is_empty() {
        let drop = openraft::ChangeMembers::RemoveNodes(unwanted);
        if let Err(error) = group.raft.change_membership(drop, false).await {
            tracing::warn!(group = group.id.0, %error, "cannot drop a replica yet");
        }
    }
}

fn caught_up(group: &Group, node: u64) -> bool {
    let metrics = group.raft.metrics();
    let metrics = metrics.borrow_watched();
    let last = metrics.last_log_index.unwrap_or(0);
    let matched = metrics
        .replication
        .as_ref()
        .and_then(|targets| targets.get(&node));
    matched
        .and_then(|matched| matched.as_ref())
        .is_some_and(|id| id.index + CLOSE_BEHIND >= last)
}

/// Hands leadership to the preferred leader once it is there and close behind.
async fn settle_leadership(shared: &Shared, group: &Group, replicas: &[NodeId]) -> bool {
    let Some(preferred) = replicas.first().copied() else {
        return false;
    };
    let voter = group.voters().contains(&preferred);
    let ready = preferred != shared.me
        && voter
        && shared.network.is_up(preferred)
        && caught_up(group, preferred.get())
        && is_serving(&shared.meta_state(), preferred);
    ready && transfer(group, preferred).await
}

fn is_serving(meta: &MetaState, node: NodeId) -> bool {
    meta.nodes
        .get(&node)
        .is_some_and(|record| record.incarnation.0 > 0)
}

async fn transfer(group: &Group, to: NodeId) -> bool {
    match group.raft.trigger().transfer_leader(to.get()).await {
        Ok(()) => true,
        Err(error) => {
            tracing::warn!(group = group.id.0, %to, %error, "cannot hand leadership over");
            false
        }
    }
}

/// Gives every leadership away before the node stops, so that nobody has to elect.
pub(crate) async fn hand_over(shared: &Shared) {
    let mut waiting = Vec::new();
    for group in shared.groups() {
        let heir = group
            .voters()
            .into_iter()
            .filter(|node| *node != shared.me && shared.network.is_up(*node))
            .find(|node| caught_up(&group, node.get()));
        if let (true, Some(heir)) = (leads(&group), heir)
            && transfer(&group, heir).await
        {
            waiting.push(group.role.clone());
        }
    }
    let all_gone = async {
        for mut role in waiting {
            let _ = role
                .wait_for(|role| !matches!(role, Role::Leader { .. }))
                .await;
        }
    };
    if tokio::time::timeout(HAND_OVER, all_gone).await.is_err() {
        tracing::warn!("stopping without having handed every leadership over");
    }
}
