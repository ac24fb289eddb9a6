//! Opens and closes partition replicas as the meta state's placement says.
//!
//! The placement is a plan. What a group counts on is its voters, and they follow the plan later, perhaps
//! much later. So a replica that is to go stays, and is opened again after a restart, until its group has
//! let it go.

use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Buf as _, Bytes};
use openraft::RaftState;
use openraft::async_runtime::watch::WatchReceiver as _;
use roost_engine::GroupId;
use roost_model::{NodeId, PartitionId, SequenceNumber};
use roost_partition::{Partition, PartitionSettings};
use tokio::sync::watch;

use crate::blocking;
use crate::cluster::{FIRST_UNIT, Shared};
use crate::group::{Group, Role};
use crate::ids::partition_group;
use crate::kinds;
use crate::meta::UnitRecord;
use crate::partition::{Hosted, PartitionHandle};
use crate::proposer::Proposer;
use crate::raft::encoding::Malformed;
use crate::raft::log_store::LogStore;
use crate::raft::machine::Machine;
use crate::raft::types::TypeConfig;
use crate::reading::Standing;

/// How often to look whether a replica that should go may go.
const RECHECK: Duration = Duration::from_secs(1);
const ASK_DEADLINE: Duration = Duration::from_millis(500);
/// A group's second initial member initializes it this much after the first one should have.
const INITIALIZE_STAGGER: Duration = Duration::from_secs(2);

pub(crate) async fn run(shared: Arc<Shared>) {
    let mut meta = shared.meta_state.clone();
    let mut tick = tokio::time::interval(RECHECK);
    loop {
        shared.update_peers();
        let state = meta.borrow_and_update().clone();
        if let Some(unit) = state.units.get(&FIRST_UNIT) {
            reconcile(&shared, unit).await;
        }
        tokio::select! {
            changed = meta.changed() => if changed.is_err() { return },
            _ = tick.tick() => {}
        }
    }
}

async fn reconcile(shared: &Arc<Shared>, unit: &UnitRecord) {
    for (number, replicas) in unit.placement.iter().enumerate() {
        let id = PartitionId(number as u16);
        let wanted = replicas.contains(&shared.me);
        let hosted = shared.partitions.read().get(&id).cloned();
        match hosted {
            None if wanted || is_stored(shared, id) => {
                let initial = unit.initial.get(number).map_or(&[][..], Vec::as_slice);
                if let Err(error) = open(shared, id, initial.iter().copied().collect()).await {
                    return shared.fail(format!("cannot open partition {id}: {error}"));
                }
            }
            Some(partition) if !wanted => close_when_released(shared, partition).await,
            _ => {}
        }
    }
}

/// Whether the log of a replica is on this node's disk: it was not let go before the node stopped.
fn is_stored(shared: &Shared, id: PartitionId) -> bool {
    let group = partition_group(FIRST_UNIT, id);
    let log = &shared.storage.log;
    log.groups().contains(&group)
        && log
            .group(group)
            .is_ok_and(|log| !LogStore::new(log).is_empty())
}

async fn open(shared: &Arc<Shared>, id: PartitionId, initial: BTreeSet<NodeId>) -> io::Result<()> {
    let group_id = partition_group(FIRST_UNIT, id);
    let (publish, appended) = watch::channel(SequenceNumber(0));
    let settings = PartitionSettings {
        on_append: Arc::new(move |next| {
            publish.send_replace(next);
        }),
        ..PartitionSettings::default()
    };
    let store = shared.storage.state.clone();
    let partition = blocking::run(move || Partition::open(store, group_id, id, settings))
        .await?
        .map_err(io::Error::other)?;
    let reader = partition.reader();
    let machine = Machine::Partition(Box::new(partition));
    let peers = shared.peer_factory(group_id);
    let timings = &shared.config.raft;
    let group = Group::open(
        group_id,
        machine,
        &shared.storage,
        peers,
        shared.me,
        timings,
    )
    .await?;
    shared.server.insert(&group);
    let proposer = Proposer::start(
        group.raft.clone(),
        shared.clock.clone(),
        shared.meta_state.clone(),
    );
    tokio::spawn(initialize(shared.clone(), group.clone(), initial));
    let hosted = Hosted {
        unit: FIRST_UNIT,
        id,
        group,
        reader,
        proposer,
        appended,
        standing: Standing::default(),
    };
    shared.partitions.write().insert(
        id,
        PartitionHandle {
            inner: Arc::new(hosted),
        },
    );
    shared.hosted.send_modify(|count| *count += 1);
    Ok(())
}

/// Starts a brand-new group: the preferred leader does it, the others only if it does not.
/// All of them would write the same first entry, so a race is harmless.
async fn initialize(shared: Arc<Shared>, group: Group, initial: BTreeSet<NodeId>) {
    // A replica that was here before, and is back, gets the log from the others.
    if !initial.contains(&shared.me) || group.promised.is_some() {
        return;
    }
    let meta = shared.meta_state();
    let number = PartitionId((group.id.0 & 0xffff) as u16);
    let order = meta
        .units
        .get(&FIRST_UNIT)
        .and_then(|unit| unit.initial.get(usize::from(number.0)));
    let turn = order.and_then(|order| order.iter().position(|node| *node == shared.me));
    tokio::time::sleep(INITIALIZE_STAGGER * turn.unwrap_or(0) as u32).await;
    if group.raft.is_initialized().await.unwrap_or(true) {
        return;
    }
    let members: BTreeSet<u64> = initial.iter().map(|node| node.get()).collect();
    if let Err(error) = group.raft.initialize(members).await {
        tracing::debug!(group = group.id.0, %error, "the group was initialized meanwhile");
    }
}

/// Closes a replica once its group no longer counts on it, and removes its data.
async fn close_when_released(shared: &Shared, partition: PartitionHandle) {
    let group = &partition.inner.group;
    if counts_on(group, shared.me).await && !is_released(shared, &partition).await {
        return;
    }
    tracing::info!(partition = %partition.id(), "this replica has moved away; removing its data");
    shared.partitions.write().remove(&partition.id());
    shared.server.remove(group.id);
    group.shutdown().await;
    shared.hosted.send_modify(|count| *count += 1);
    let storage = shared.storage.clone();
    let id = group.id;
    let removed = blocking::run(move || {
        let log = storage.log.group(id).map_err(io::Error::other)?;
        LogStore::new(log).destroy(&storage.log)?;
        Partition::destroy(&storage.state, id).map_err(io::Error::other)
    })
    .await;
    if let Ok(Err(error)) = removed {
        tracing::warn!(%error, "the data of a replica that moved away could not be removed");
    }
}

/// Whether `node` is in the group's newest membership, as the local replica knows it. Asks the core: a
/// replica that was just opened has published nothing yet.
async fn counts_on(group: &Group, node: NodeId) -> bool {
    let look = move |state: &RaftState<TypeConfig>| {
        let newest = state.membership_state.effective();
        newest.get_node(&node.get()).is_some()
    };
    // A replica that has stopped counts on everybody.
    group.raft.with_raft_state(look).await.unwrap_or(true)
}

/// Asks the replicas that stay. A replica that leaves is often not told of the membership without it:
/// the leader stops sending to it with that very entry.
async fn is_released(shared: &Shared, partition: &PartitionHandle) -> bool {
    let question = Bytes::copy_from_slice(&partition.inner.group.id.0.to_le_bytes());
    let meta = shared.meta_state();
    for node in meta.replicas(FIRST_UNIT, partition.id()) {
        let call = shared
            .network
            .call(*node, kinds::RELEASED, question.clone(), ASK_DEADLINE);
        if call.await.is_ok_and(|answer| answer[..] == [1]) {
            return true;
        }
    }
    false
}

/// Answers such a question: 1 if this node leads the group and has committed a membership without the
/// caller, else 0.
pub(crate) fn answer_released(
    shared: &Shared,
    caller: NodeId,
    mut question: Bytes,
) -> Result<Bytes, Malformed> {
    let id = GroupId(question.try_get_u32_le()?);
    let group = shared.groups().into_iter().find(|group| group.id == id);
    let released = group.is_some_and(|group| {
        let leads = matches!(*group.role.borrow(), Role::Leader { .. });
        let metrics = group.raft.server_metrics();
        let committed = metrics.borrow_watched().committed_membership_config.clone();
        let knows = committed.voter_ids().next().is_some();
        let newest = metrics.borrow_watched().membership_config.clone();
        let named = [&committed, &newest].map(|known| known.get_node(&caller.get()).is_some());
        leads && knows && named == [false, false]
    });
    Ok(Bytes::from(vec![u8::from(released)]))
}
