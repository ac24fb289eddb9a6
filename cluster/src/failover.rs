//! Elections without waiting: what a broken link to a leader sets off.
//!
//! A killed process closes its connections, so its peers know at once. Raft alone would wait for
//! the leader's lease to run out. Instead a replica that lost the link asks the other voters
//! whether they lost it too; when a majority did, it campaigns, and those voters do not honour
//! the dead leader's lease. A single broken link between two live nodes moves nothing.
//!
//! This is why reads use ReadIndex and never the lease: the lease is not kept here.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use bytes::{Buf as _, BufMut as _, Bytes, BytesMut};
use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use roost_engine::GroupId;
use roost_model::NodeId;

use crate::cluster::Shared;
use crate::group::Group;
use crate::kinds;
use crate::raft::encoding::Malformed;
use crate::rpc::LinkEvent;

/// How long to go on asking whether the others have noticed, too.
const ASK_ROUNDS: usize = 15;
const ASK_EVERY: Duration = Duration::from_millis(20);
const ASK_DEADLINE: Duration = Duration::from_millis(200);
/// The next in line campaigns this much later, in case the one before it failed.
const STAGGER: Duration = Duration::from_millis(150);
/// Campaigns of one node before it leaves the rest to Raft's own timeouts.
const TRIES: usize = 4;

/// How far the log of each group on a node reaches.
type Ends = HashMap<GroupId, u64>;

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
        // No leader counts as well: its election may have been under way when it died.
        .filter(|group| group.known_leader().is_none_or(|leader| leader == lost))
        .collect();
    if orphaned.is_empty() {
        return;
    }
    tracing::warn!(node = %lost, groups = orphaned.len(), "lost the link to a leader");
    let mut others: BTreeSet<NodeId> = orphaned.iter().flat_map(Group::voters).collect();
    others.remove(&shared.me);
    others.remove(&lost);
    let mut confirmed: BTreeMap<NodeId, Ends> = BTreeMap::new();
    let mut waiting: HashMap<_, _> = orphaned
        .into_iter()
        .map(|group| (group.id, group))
        .collect();
    for _ in 0..ASK_ROUNDS {
        if shared.network.is_up(lost) {
            return;
        }
        let unasked = others
            .iter()
            .copied()
            .filter(|node| !confirmed.contains_key(node));
        let answers = ask(&shared, lost, unasked.collect()).await;
        confirmed.extend(answers);
        waiting.retain(|_, group| {
            let agreed = majority_lost(group, shared.me, &confirmed);
            if agreed {
                let ends = ends_of(group.id, &confirmed);
                tokio::spawn(campaign(shared.clone(), group.clone(), lost, ends));
            }
            !agreed
        });
        if waiting.is_empty() {
            return;
        }
        tokio::time::sleep(ASK_EVERY).await;
    }
}

fn majority_lost(group: &Group, me: NodeId, confirmed: &BTreeMap<NodeId, Ends>) -> bool {
    let voters = group.voters();
    let lost = voters
        .iter()
        .filter(|node| **node == me || confirmed.contains_key(node))
        .count();
    voters.contains(&me) && lost * 2 > voters.len()
}

/// How far each node that answered has come in a group.
fn ends_of(group: GroupId, confirmed: &BTreeMap<NodeId, Ends>) -> BTreeMap<NodeId, u64> {
    confirmed
        .iter()
        .filter_map(|(node, ends)| ends.get(&group).map(|end| (*node, *end)))
        .collect()
}

/// Asks other nodes whether they lost their link to `lost`; those that did say how far their
/// logs reach.
async fn ask(shared: &Shared, lost: NodeId, others: Vec<NodeId>) -> Vec<(NodeId, Ends)> {
    let question = Bytes::copy_from_slice(&lost.get().to_le_bytes());
    let answers: FuturesUnordered<_> = others
        .into_iter()
        .map(|node| {
            let call = shared
                .network
                .call(node, kinds::LOST_LINK, question.clone(), ASK_DEADLINE);
            async move { (node, call.await) }
        })
        .collect();
    answers
        .filter_map(|(node, answer)| async move {
            let ends = read_answer(answer.ok()?).ok().flatten()?;
            Some((node, ends))
        })
        .collect()
        .await
}

/// Answers such a question: `[0]`, or `[1]` and for each group `[id u32][end u64]`.
pub(crate) fn answer(shared: &Shared, mut question: Bytes) -> Result<Bytes, Malformed> {
    let lost = NodeId(question.try_get_u64_le()?);
    let mut out = BytesMut::new();
    if shared.network.is_up(lost) {
        out.put_u8(0);
        return Ok(out.freeze());
    }
    out.put_u8(1);
    for group in shared.groups() {
        out.put_u32_le(group.id.0);
        out.put_u64_le(end_of(&group));
    }
    Ok(out.freeze())
}

fn read_answer(mut answer: Bytes) -> Result<Option<Ends>, Malformed> {
    if answer.try_get_u8()? == 0 {
        return Ok(None);
    }
    let mut ends = Ends::new();
    while !answer.is_empty() {
        let group = GroupId(answer.try_get_u32_le()?);
        ends.insert(group, answer.try_get_u64_le()?);
    }
    Ok(Some(ends))
}

/// Index behind the last log entry. Only a hint: the vote itself compares log ids.
fn end_of(group: &Group) -> u64 {
    use openraft::async_runtime::watch::WatchReceiver as _;
    let metrics = group.raft.metrics();
    let last = metrics.borrow_watched().last_log_index;
    last.map_or(0, |index| index + 1)
}

/// Campaigns when it is this node's turn. Whoever has the longest log goes first, as only that
/// one is sure to win; among equals the order differs from group to group, so leaders spread.
async fn campaign(
    shared: Arc<Shared>,
    group: Group,
    lost: NodeId,
    mut ends: BTreeMap<NodeId, u64>,
) {
    ends.insert(shared.me, end_of(&group));
    let mut line: Vec<NodeId> = group.voters();
    line.retain(|voter| *voter != lost && ends.contains_key(voter));
    line.sort_unstable();
    if !line.is_empty() {
        let first = group.id.0 as usize % line.len();
        line.rotate_left(first);
    }
    // Stable: equals stay in their order.
    line.sort_by_key(|node| std::cmp::Reverse(ends.get(node).copied()));
    let turn = line
        .iter()
        .position(|node| *node == shared.me)
        .unwrap_or(line.len());
    tokio::time::sleep(STAGGER * turn as u32).await;
    for _ in 0..TRIES {
        // Somebody else may lead by now.
        if group.known_leader().is_some_and(|leader| leader != lost) {
            return;
        }
        if let Err(error) = group.raft.trigger().elect(false).await {
            return tracing::warn!(group = group.id.0, %error, "cannot campaign");
        }
        tokio::time::sleep(STAGGER * line.len().max(1) as u32).await;
    }
}
