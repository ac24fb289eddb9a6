//! Which nodes hold which partition: a pure plan, the same on every node.

use std::collections::{BTreeMap, BTreeSet};

use roost_model::NodeId;

/// Fits `current` to `nodes`: gone nodes leave, missing replicas are filled, and replicas move
/// from the fullest to the emptiest node while that evens things out. As few replicas move as
/// that takes. The first node of each list is the preferred leader; those are spread evenly too.
pub(crate) fn plan(
    current: &[Vec<NodeId>],
    nodes: &BTreeSet<NodeId>,
    replication: u8,
) -> Vec<Vec<NodeId>> {
    let wanted = usize::from(replication).min(nodes.len());
    let mut plan: Vec<Vec<NodeId>> = current
        .iter()
        .map(|replicas| {
            replicas
                .iter()
                .copied()
                .filter(|node| nodes.contains(node))
                .collect()
        })
        .collect();
    plan.iter_mut()
        .for_each(|replicas| replicas.truncate(wanted));
    fill(&mut plan, nodes, wanted);
    even_out(&mut plan, nodes);
    spread_leaders(&mut plan, nodes);
    plan
}

fn load(plan: &[Vec<NodeId>], nodes: &BTreeSet<NodeId>) -> BTreeMap<NodeId, usize> {
    let mut load: BTreeMap<NodeId, usize> = nodes.iter().map(|node| (*node, 0)).collect();
    for node in plan.iter().flatten() {
        *load.entry(*node).or_default() += 1;
    }
    load
}

fn fill(plan: &mut [Vec<NodeId>], nodes: &BTreeSet<NodeId>, wanted: usize) {
    let mut load = load(plan, nodes);
    for replicas in plan {
        while replicas.len() < wanted {
            let emptiest = load
                .iter()
                .filter(|(node, _)| !replicas.contains(node))
                .min_by_key(|(node, count)| (**count, **node))
                .map(|(node, _)| *node);
            let Some(node) = emptiest else { break };
            replicas.push(node);
            *load.entry(node).or_default() += 1;
        }
    }
}

fn even_out(plan: &mut [Vec<NodeId>], nodes: &BTreeSet<NodeId>) {
    let mut load = load(plan, nodes);
    loop {
        let fullest = load.iter().max_by_key(|(node, count)| (**count, **node));
        let emptiest = load.iter().min_by_key(|(node, count)| (**count, **node));
        let (Some((&from, &most)), Some((&to, &least))) = (fullest, emptiest) else {
            return;
        };
        if most <= least + 1 {
            return;
        }
        let movable = plan
            .iter_mut()
            .find(|replicas| replicas.contains(&from) && !replicas.contains(&to));
        let Some(replicas) = movable else { return };
        replicas
            .iter_mut()
            .filter(|node| **node == from)
            .for_each(|node| *node = to);
        load.insert(from, most - 1);
        load.insert(to, least + 1);
    }
}

/// Rotates lists so that each node is preferred about equally often.
fn spread_leaders(plan: &mut [Vec<NodeId>], nodes: &BTreeSet<NodeId>) {
    let mut leads: BTreeMap<NodeId, usize> = nodes.iter().map(|node| (*node, 0)).collect();
    for replicas in plan {
        let fewest = replicas
            .iter()
            .enumerate()
            .min_by_key(|(at, node)| (leads.get(node).copied().unwrap_or(0), *at))
            .map(|(at, _)| at);
        if let Some(at) = fewest {
            replicas.swap(0, at);
            *leads.entry(replicas[0]).or_default() += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nodes(ids: &[u64]) -> BTreeSet<NodeId> {
        ids.iter().map(|id| NodeId(*id)).collect()
    }

    fn leads(plan: &[Vec<NodeId>], node: u64) -> usize {
        plan.iter()
            .filter(|replicas| replicas.first() == Some(&NodeId(node)))
            .count()
    }

    #[test]
    fn three_nodes_hold_every_partition_and_lead_a_third_each() {
        let plan = plan(&vec![Vec::new(); 16], &nodes(&[1, 2, 3]), 3);
        assert!(plan.iter().all(|replicas| replicas.len() == 3));
        let mut counts: Vec<usize> = (1..=3).map(|node| leads(&plan, node)).collect();
        counts.sort_unstable();
        assert_eq!(counts, [5, 5, 6]);
    }

    #[test]
    fn one_node_holds_one_replica_of_each() {
        let plan = plan(&vec![Vec::new(); 4], &nodes(&[7]), 3);
        assert!(plan.iter().all(|replicas| replicas == &[NodeId(7)]));
    }

    #[test]
    fn a_replacement_takes_over_what_the_removed_node_held() {
        let before = plan(&vec![Vec::new(); 16], &nodes(&[1, 2, 3]), 3);
        let without = plan(&before, &nodes(&[1, 2]), 3);
        assert!(without.iter().all(|replicas| replicas.len() == 2));
        let after = plan(&without, &nodes(&[1, 2, 4]), 3);
        assert!(
            after
                .iter()
                .all(|replicas| replicas.contains(&NodeId(4)) && replicas.len() == 3)
        );
    }

    #[test]
    fn a_fourth_node_takes_its_share_and_no_partition_loses_more_than_one_replica() {
        let before = plan(&vec![Vec::new(); 16], &nodes(&[1, 2, 3]), 3);
        let after = plan(&before, &nodes(&[1, 2, 3, 4]), 3);
        let held = after
            .iter()
            .flatten()
            .filter(|node| **node == NodeId(4))
            .count();
        assert_eq!(held, 12);
        for (old, new) in before.iter().zip(&after) {
            assert!(old.iter().filter(|node| !new.contains(node)).count() <= 1);
        }
    }
}
