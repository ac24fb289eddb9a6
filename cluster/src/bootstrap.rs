//! The first minutes of a node: form the cluster, or find one's place in it.
//!
//! Nodes may start in any order. The meta group is initialized once a majority of the static
//! peers is there and none of them belongs to a cluster already; doing it twice with the same
//! peers is harmless. A node whose data is gone while the cluster remembers it stops: a replica
//! that forgot what it acknowledged must come back under a new id.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::future::join_all;
use roost_model::{NodeId, codec};

use crate::cluster::Shared;
use crate::group::Role;
use crate::inbound::{PROBE_VERSION, ProbeAnswer};
use crate::kinds;
use crate::meta::{MetaCommand, MetaOutcome, MetaRejection, NewUnit};

const PROBE_EVERY: Duration = Duration::from_millis(100);
const PROBE_DEADLINE: Duration = Duration::from_secs(1);

pub(crate) async fn run(shared: Arc<Shared>, first_unit: NewUnit) {
    if !shared.meta_initialized().await {
        initialize(&shared).await;
    }
    form(&shared, first_unit).await;
    announce(&shared).await;
}

async fn initialize(shared: &Shared) {
    let static_peers: BTreeSet<NodeId> = shared
        .config
        .peers
        .iter()
        .map(|peer| NodeId(peer.id))
        .collect();
    let mut told = false;
    while !shared.meta_initialized().await {
        let answers = probe(shared, &static_peers).await;
        if let Some((peer, answer)) = answers.iter().find(|(_, answer)| answer.initialized) {
            if let Some(reason) = refusal(shared, answer) {
                return shared.fail(reason);
            }
            if !std::mem::replace(&mut told, true) {
                let known = answer.caller.is_some();
                tracing::info!(%peer, known, "found the cluster; waiting to be let in");
            }
        } else if static_peers.contains(&shared.me) {
            let fresh: BTreeSet<NodeId> = answers
                .iter()
                .map(|(peer, _)| *peer)
                .chain([shared.me])
                .collect();
            let enough = fresh.len() * 2 > static_peers.len();
            if enough && fresh.first() == Some(&shared.me) {
                initialize_meta(shared, &static_peers).await;
            }
        }
        tokio::time::sleep(PROBE_EVERY).await;
    }
}

/// Why this node must not take part, if the cluster remembers more of it than it does itself.
fn refusal(shared: &Shared, answer: &ProbeAnswer) -> Option<String> {
    let me = shared.me;
    let known = answer.caller?;
    (known >= shared.storage.incarnation && known.0 > 0).then(|| {
        format!(
            "the cluster knows node {me}, but its data directory is empty or older than what it \
             acknowledged; run `roost cluster remove --id {me}` and join under a new id"
        )
    })
}

async fn probe(shared: &Shared, peers: &BTreeSet<NodeId>) -> Vec<(NodeId, ProbeAnswer)> {
    let calls = peers
        .iter()
        .filter(|peer| **peer != shared.me)
        .map(|peer| async move {
            let call = shared
                .network
                .call(*peer, kinds::PROBE, Bytes::new(), PROBE_DEADLINE);
            let answer = codec::decode::<ProbeAnswer>(PROBE_VERSION, &call.await.ok()?).ok()?;
            Some((*peer, answer.1))
        });
    join_all(calls).await.into_iter().flatten().collect()
}

async fn initialize_meta(shared: &Shared, peers: &BTreeSet<NodeId>) {
    let Some(group) = shared.meta_group() else {
        return;
    };
    let members: BTreeSet<u64> = peers.iter().map(|peer| peer.get()).collect();
    match group.raft.initialize(members).await {
        Ok(()) => tracing::info!(
            nodes = peers.len(),
            "first start: initialized the meta group"
        ),
        Err(error) => tracing::info!(%error, "the meta group is initialized already"),
    }
}

/// As the first leader, writes down what the cluster is made of.
async fn form(shared: &Shared, unit: NewUnit) {
    let Some(group) = shared.meta_group() else {
        return;
    };
    let mut role = group.role.clone();
    let mut meta = shared.meta_state.clone();
    while !meta.borrow_and_update().is_formed() {
        if matches!(*role.borrow_and_update(), Role::Leader { .. }) {
            let nodes = shared.config.peers.iter();
            let command = MetaCommand::Form {
                cluster: rand::random(),
                nodes: nodes
                    .map(|peer| (NodeId(peer.id), peer.address.clone()))
                    .collect(),
                unit: unit.clone(),
            };
            if let Err(error) = shared.propose_meta(command).await {
                tracing::warn!(%error, "cannot form the cluster yet");
            }
        }
        tokio::select! {
            _ = meta.changed() => {}
            _ = role.changed() => {}
        }
    }
}

/// Tells the cluster that this node has started.
async fn announce(shared: &Shared) {
    let command = MetaCommand::Announce {
        node: shared.me,
        incarnation: shared.storage.incarnation,
        address: shared.config.advertised(),
        at: shared.clock.now(),
    };
    loop {
        match shared.propose_meta(command.clone()).await {
            Ok(MetaOutcome::Done | MetaOutcome::Revised(_)) => return,
            // A repeated announcement whose first answer was lost.
            Ok(MetaOutcome::Rejected(MetaRejection::StaleIncarnation(_))) if announced(shared) => {
                return;
            }
            Ok(MetaOutcome::Rejected(MetaRejection::UnknownNode(_))) => {
                tokio::time::sleep(PROBE_EVERY * 5).await;
            }
            Ok(MetaOutcome::Rejected(rejection)) => return shared.fail(rejection.to_string()),
            Err(error) => tracing::warn!(%error, "cannot announce this node yet"),
        }
    }
}

/// Whether the cluster knows this very start of this node.
pub(crate) fn announced(shared: &Shared) -> bool {
    let meta = shared.meta_state();
    meta.nodes
        .get(&shared.me)
        .is_some_and(|record| record.incarnation == shared.storage.incarnation)
}
