//! Elections without waiting: what a broken link to a leader sets off.
//!
//! A killed process closes its connections, so its peers know at once. Raft alone would wait for
//! the leader's lease to run out. Instead a replica that lost the link asks the other voters
//! whether they lost it too; when a majority did, it campaigns, and those voters do not honour
//! the dead leader's lease. A single broken link between two live nodes moves nothing.
//!
//! This is why reads use ReadIndex and never the lease: the lease is not kept here.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use bytes::{Buf as _, Bytes};
use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use roost_model::NodeId;

use crate::cluster::Shared;
use crate::group::Group;
use crate::kinds;
use crate::rpc::LinkEvent;

/// How long to go on asking whether the others have noticed, too.
const ASK_ROUNDS: usize = 15;
const ASK_EVERY: Duration = Duration::from_millis(20);
const ASK_DEADLINE: Duration = Duration::from_millis(200);
/// The second in line campaigns this much later, in case the first has a shorter log.
const STAGGER: Duration = Duration::from_millis(120);

/// Watches the node's links for as long as the cluster runs.
pub(crate) async fn watch_links(shared: Arc<Shared>) {
    let mut events = shared.network.link_events();
    loop {
        match events.recv().await {
            Ok(LinkEvent::Down(node)) => {
                tokio::spawn(on_link_down(shared.clone(), node));
            }
            Ok(LinkEvent::Up(_)) => {}
            Err(tokio::sync::broadcast::error::RecvError::Lagged(_)) => {}
            Err(tokio::sync::broadcast::error::RecvError::Closed) => return,
        }
    }
}

async fn on_link_down(shared: Arc<Shared>, lost: NodeId) {
    let orphaned: Vec<Group> = shared
        .groups()
        .into_iter()
        .filter(|group| group.known_leader() == Some(lost))
        .collect();
    if orphaned.is_empty() {
        return;
    }
    tracing::warn!(node = %lost, groups = orphaned.len(), "lost the link to a leader");
    let mut others: BTreeSet<NodeId> = orphaned.iter().flat_map(Group::voters).collect();
    others.remove(&shared.me);
    others.remove(&lost);
    let mut confirmed: BTreeSet<NodeId> = BTreeSet::new();
    let mut waiting: HashMap<_, _> = orphaned.into_iter().map(|group| (group.id, group)).collect();
    for _ in 0..ASK_ROUNDS {
        if shared.network.is_up(lost) {
            return;
        }
        confirmed.extend(ask(&shared, lost, others.difference(&confirmed).copied()).await);
        waiting.retain(|_, group| {
            let agreed = majority_lost(group, shared.me, &confirmed);
            if agreed {
                tokio::spawn(campaign(shared.clone(), group.clone(), lost));
            }
            !agreed
        });
        if waiting.is_empty() {
            return;
        }
        tokio::time::sleep(ASK_EVERY).await;
    }
}

fn majority_lost(group: &Group, me: NodeId, confirmed: &BTreeSet<NodeId>) -> bool {
    let voters = group.voters();
    let lost = voters.iter().filter(|voter| **voter == me || confirmed.contains(voter)).count();
    voters.contains(&me) && lost * 2 > voters.len()
}

async fn ask(
    shared: &Shared,
    lost: NodeId,
    others: impl Iterator<Item = NodeId>,
) -> Vec<NodeId> {
    let question = Bytes::copy_from_slice(&lost.get().to_le_bytes());
    let answers: FuturesUnordered<_> = others
        .map(|node| {
            let call = shared.network.call(node, kinds::LOST_LINK, question.clone(), ASK_DEADLINE);
            async move { (node, call.await) }
        })
        .collect();
    answers
        .filter_map(|(node, answer)| async move {
            let lost_too = answer.is_ok_and(|mut bytes| bytes.try_get_u8() == Ok(1));
            lost_too.then_some(node)
        })
        .collect()
        .await
}

/// Campaigns in turn: the order differs from group to group, so leaders spread.
async fn campaign(shared: Arc<Shared>, group: Group, lost: NodeId) {
    let mut line: Vec<NodeId> = group.voters();
    line.retain(|voter| *voter != lost);
    line.sort_unstable();
    if !line.is_empty() {
        let first = group.id.0 as usize % line.len();
        line.rotate_left(first);
    }
    let turn = line.iter().position(|node| *node == shared.me).unwrap_or(line.len());
    tokio::time::sleep(STAGGER * turn as u32).await;
    // Somebody else may lead by now.
    if group.known_leader().is_some_and(|leader| leader != lost) {
        return;
    }
    if let Err(error) = group.raft.trigger().elect(false).await {
        tracing::warn!(group = group.id.0, %error, "cannot campaign");
    }
}
