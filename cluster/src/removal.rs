//! Taking a node out of the cluster, when the others can do without it.
//!
//! A removed node is cut off at once, and the replicas that it held are made anew elsewhere afterwards.
//! Whoever removes another one before that has happened can leave a group without a majority of its
//! voters, and then nobody can ever change them. So the leaders of all groups are asked first who
//! votes:
//!
//! ```text
//!  remove 4 ─► every node: which groups do you lead, who votes in them, whom do you reach?
//!                 every group has a leader, and a majority without 4 and without those
//!                 that are removed already ─► meta group, unless another removal came in between
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use bincode::{Decode, Encode};
use bytes::Bytes;
use futures::future::join_all;
use openraft::async_runtime::watch::WatchReceiver as _;
use roost_model::{NodeId, PartitionId, codec};
use tokio::time::{Instant, sleep, timeout};

use crate::cluster::{Cluster, FIRST_UNIT, Shared};
use crate::group::Group;
use crate::ids::{META_GROUP, partition_group};
use crate::kinds;
use crate::meta::{MetaCommand, MetaOutcome, MetaRejection};
use crate::propose::MetaUnavailable;

const VERSION: u8 = 1;
/// For elections that are under way, and voters that are just being changed.
const PATIENCE: Duration = Duration::from_secs(10);
const RETRY: Duration = Duration::from_millis(100);
/// A leader that has lost its majority does not confirm that it leads.
const CONFIRMATION: Duration = Duration::from_secs(1);
const ASK_DEADLINE: Duration = Duration::from_secs(2);

/// Why a node stays.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RemovalError {
    /// The meta group refused.
    #[error(transparent)]
    Rejected(MetaRejection),
    /// The meta group did not answer.
    #[error(transparent)]
    Unavailable(MetaUnavailable),
    /// A group would be without a majority.
    #[error(
        "without node {node} {group} would have no majority: its voters are {voters}, of which \
         {others} would be left; wait until it has moved, or bring a node back"
    )]
    NeedsIt {
        node: NodeId,
        group: String,
        voters: String,
        others: String,
    },
    /// Nobody can tell whether a group can do without the node.
    #[error(
        "{0} has no leader at the moment, so nobody can tell whether it can do without the node"
    )]
    NoLeader(String),
}

/// What the leader of a group tells of it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
struct Led {
    group: u32,
    /// The sets of voters of which a majority each is needed: two while voters are being changed.
    voters: Vec<BTreeSet<NodeId>>,
    /// The voters that the leader reaches, itself included.
    reached: BTreeSet<NodeId>,
}

// === impl Cluster ===

impl Cluster {
    /// Takes a node out for good, once every group can do without it. Ready when the roster without it
    /// is durable on a majority.
    ///
    /// # Errors
    /// [`RemovalError::NeedsIt`] or [`RemovalError::NoLeader`] when a group cannot do without it for ten
    /// seconds; nothing has changed then.
    pub async fn remove_node(&self, node: NodeId) -> Result<(), RemovalError> {
        let shared = self.shared();
        let deadline = Instant::now() + PATIENCE;
        loop {
            let error = match shared.try_remove(node).await {
                Ok(()) => return Ok(()),
                Err(error) => error,
            };
            let may_pass = match &error {
                RemovalError::NeedsIt { .. } | RemovalError::NoLeader(_) => true,
                RemovalError::Rejected(rejection) => *rejection == MetaRejection::AnotherRemoval,
                RemovalError::Unavailable(_) => false,
            };
            if !may_pass || Instant::now() >= deadline {
                return Err(error);
            }
            sleep(RETRY).await;
        }
    }
}

// === impl Shared ===

impl Shared {
    async fn try_remove(&self, node: NodeId) -> Result<(), RemovalError> {
        let meta = self.meta_state();
        let after = meta.retired.len() as u32;
        // Whom the meta group does not know, or does not let go, it refuses itself.
        if meta.nodes.contains_key(&node) && meta.nodes.len() > 1 {
            let staying: BTreeSet<NodeId> = meta.nodes.keys().copied().collect();
            let groups = meta
                .units
                .get(&FIRST_UNIT)
                .map_or(0, |unit| unit.placement.len());
            let led = self.ask_leaders(&staying).await;
            judge(node, &staying, groups as u16, &led)?;
        }
        let command = MetaCommand::Remove { node, after };
        match self.propose_meta(command).await {
            Ok(MetaOutcome::Rejected(rejection)) => Err(RemovalError::Rejected(rejection)),
            Ok(_) => Ok(()),
            Err(unavailable) => Err(RemovalError::Unavailable(unavailable)),
        }
    }

    /// What the leaders of all groups tell, as far as they answer.
    async fn ask_leaders(&self, nodes: &BTreeSet<NodeId>) -> BTreeMap<u32, Led> {
        let answers = join_all(nodes.iter().map(|node| self.ask_leader(*node))).await;
        let led = answers.into_iter().flatten();
        led.map(|led| (led.group, led)).collect()
    }

    async fn ask_leader(&self, node: NodeId) -> Vec<Led> {
        if node == self.me {
            return self.led().await;
        }
        let call = self
            .network
            .call(node, kinds::LED, Bytes::new(), ASK_DEADLINE);
        let answer = call.await.ok();
        let decoded = answer.and_then(|bytes| codec::decode::<Vec<Led>>(VERSION, &bytes).ok());
        decoded.map(|(_, led)| led).unwrap_or_default()
    }

    /// The groups that this node leads, confirmed by a majority of each.
    async fn led(&self) -> Vec<Led> {
        let asked = self.groups().into_iter().map(|group| async move {
            let confirmed = timeout(CONFIRMATION, group.read_barrier()).await;
            matches!(confirmed, Ok(Ok(()))).then(|| self.describe(&group))
        });
        join_all(asked).await.into_iter().flatten().collect()
    }

    fn describe(&self, group: &Group) -> Led {
        let (newest, committed) = {
            let metrics = group.raft.server_metrics();
            let metrics = metrics.borrow_watched();
            let newest = metrics.membership_config.membership().clone();
            let committed = metrics.committed_membership_config.membership().clone();
            (newest, committed)
        };
        // Until the newest is committed, another leader may go back to the one before.
        let sets = [newest.get_joint_config(), committed.get_joint_config()];
        let voters: Vec<BTreeSet<NodeId>> = sets
            .into_iter()
            .flatten()
            .map(|set| set.iter().copied().map(NodeId).collect())
            .collect();
        let reached = voters.iter().flatten().copied();
        let reached = reached.filter(|node| *node == self.me || self.network.is_up(*node));
        Led {
            group: group.id.0,
            reached: reached.collect(),
            voters,
        }
    }
}

/// Answers [`kinds::LED`].
pub(crate) async fn answer(shared: &Shared) -> Bytes {
    codec::encode(VERSION, &shared.led().await).into()
}

/// Whether every group can do without `node`. `staying` are the nodes of the roster.
fn judge(
    node: NodeId,
    staying: &BTreeSet<NodeId>,
    partitions: u16,
    led: &BTreeMap<u32, Led>,
) -> Result<(), RemovalError> {
    let partitions = (0..partitions).map(|number| {
        let id = partition_group(FIRST_UNIT, PartitionId(number));
        (id.0, format!("partition {number}"))
    });
    let meta = (META_GROUP.0, "the meta group".to_owned());
    for (group, name) in std::iter::once(meta).chain(partitions) {
        let Some(led) = led.get(&group) else {
            return Err(RemovalError::NoLeader(name));
        };
        let others: BTreeSet<NodeId> = led
            .reached
            .iter()
            .copied()
            .filter(|other| *other != node && staying.contains(other))
            .collect();
        let lost = led
            .voters
            .iter()
            .find(|voters| voters.intersection(&others).count() * 2 <= voters.len());
        if let Some(voters) = lost {
            return Err(RemovalError::NeedsIt {
                node,
                group: name,
                voters: list(voters),
                others: list(&voters.intersection(&others).copied().collect()),
            });
        }
    }
    Ok(())
}

fn list(nodes: &BTreeSet<NodeId>) -> String {
    if nodes.is_empty() {
        return "none".to_owned();
    }
    let nodes: Vec<String> = nodes.iter().map(NodeId::to_string).collect();
    nodes.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nodes<const N: usize>(ids: [u64; N]) -> BTreeSet<NodeId> {
        ids.into_iter().map(NodeId).collect()
    }

    /// The meta group and one partition, both with these voters.
    fn led(voters: &[BTreeSet<NodeId>], reached: BTreeSet<NodeId>) -> BTreeMap<u32, Led> {
        let groups = [META_GROUP, partition_group(FIRST_UNIT, PartitionId(0))];
        let of = |group: u32| Led {
            group,
            voters: voters.to_vec(),
            reached: reached.clone(),
        };
        groups.map(|group| (group.0, of(group.0))).into()
    }

    #[test]
    fn one_of_three_may_go_whether_it_is_there_or_not() {
        let staying = nodes([1, 2, 3]);
        let all = led(&[nodes([1, 2, 3])], nodes([1, 2, 3]));
        assert_eq!(judge(NodeId(3), &staying, 1, &all), Ok(()));
        let without = led(&[nodes([1, 2, 3])], nodes([1, 2]));
        assert_eq!(judge(NodeId(3), &staying, 1, &without), Ok(()));
    }

    #[test]
    fn nobody_goes_whose_group_still_counts_on_who_went_before() {
        // Node 1 was removed, and its replica has not moved to node 3 yet.
        let staying = nodes([2, 3, 4]);
        let group = led(&[nodes([1, 2, 4])], nodes([2, 4]));
        let refused = judge(NodeId(4), &staying, 1, &group).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "without node 4 the meta group would have no majority: its voters are 1, 2, 4, of which \
             2 would be left; wait until it has moved, or bring a node back"
        );
        assert_eq!(judge(NodeId(3), &staying, 1, &group), Ok(()));
    }

    #[test]
    fn nobody_goes_who_is_needed_because_another_one_is_down() {
        let staying = nodes([1, 2, 3]);
        let group = led(&[nodes([1, 2, 3])], nodes([1, 2]));
        assert!(judge(NodeId(2), &staying, 1, &group).is_err());
    }

    #[test]
    fn while_voters_change_both_sets_must_do_without_it() {
        let staying = nodes([2, 3, 4, 5]);
        let change = [nodes([1, 2, 3]), nodes([2, 3, 4])];
        let group = led(&change, nodes([2, 3, 4]));
        assert_eq!(judge(NodeId(4), &staying, 1, &group), Ok(()));
        assert!(judge(NodeId(3), &staying, 1, &group).is_err());
    }

    #[test]
    fn a_group_that_nobody_leads_lets_nobody_go() {
        let staying = nodes([1, 2, 3]);
        let group = led(&[nodes([1, 2, 3])], nodes([1, 2, 3]));
        let refused = judge(NodeId(3), &staying, 2, &group);
        assert_eq!(refused, Err(RemovalError::NoLeader("partition 1".into())));
    }
}
