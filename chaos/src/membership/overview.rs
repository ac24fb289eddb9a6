use std::collections::{BTreeMap, BTreeSet};

use crate::harness::{ClusterStatus, PartitionStatus};

/// Copies of each partition that the hub wants.
const REPLICATION: usize = 3;

/// What all members say, put together: a node knows leader and voters only of the partitions that it
/// holds.
#[derive(Debug)]
pub(crate) struct Overview {
    views: BTreeMap<u64, ClusterStatus>,
}

impl Overview {
    /// `views` by the node that told.
    pub(crate) fn new(views: BTreeMap<u64, ClusterStatus>) -> Self {
        Self { views }
    }

    /// Whether every member knows the same members, every partition has three replicas, which vote
    /// and agree on a leader, and no member leads or holds two more than another.
    ///
    /// # Errors
    /// What is not so yet, in words.
    pub(crate) fn settled(&self) -> Result<(), String> {
        let members: BTreeSet<u64> = self.views.keys().copied().collect();
        let mut led: BTreeMap<u64, usize> = members.iter().map(|id| (*id, 0)).collect();
        let mut held = led.clone();
        for (teller, view) in &self.views {
            let told: BTreeSet<u64> = view.nodes.iter().map(|node| node.id).collect();
            if told != members {
                return Err(format!("node {teller} knows the members {told:?}"));
            }
        }
        for (id, tellers) in self.partitions() {
            let leader = agreed_leader(id, &tellers)?;
            *led.entry(leader).or_default() += 1;
            for teller in tellers.keys() {
                *held.entry(*teller).or_default() += 1;
            }
        }
        even("leads", &led)?;
        even("holds", &held)
    }

    /// The partitions, each as those see it that hold a replica, the leader's knowledge included.
    fn partitions(&self) -> BTreeMap<u16, BTreeMap<u64, &PartitionStatus>> {
        let mut partitions: BTreeMap<u16, BTreeMap<u64, &PartitionStatus>> = BTreeMap::new();
        for (teller, view) in &self.views {
            for partition in &view.partitions {
                let tellers = partitions.entry(partition.id).or_default();
                if !partition.voters.is_empty() {
                    tellers.insert(*teller, partition);
                }
            }
        }
        partitions
    }

    /// For each partition that node `id` holds, the end of its log.
    pub(super) fn ends_at(&self, id: u64) -> BTreeMap<u16, u64> {
        let all = self.partitions();
        let held = all.iter().filter_map(|(partition, tellers)| {
            Some((*partition, tellers.get(&id)?.last_log_index?))
        });
        held.collect()
    }

    /// How many partitions `ends` have ends that no other node than `without` has in its log any more.
    pub(super) fn out_of_reach(&self, ends: &BTreeMap<u16, u64>, without: u64) -> usize {
        let all = self.partitions();
        let gone = |partition: &u16, end: u64| {
            all.get(partition).is_some_and(|tellers| {
                let mut others = tellers.iter().filter(|(teller, _)| **teller != without);
                others.all(|(_, status)| status.purged_index.is_some_and(|purged| purged > end))
            })
        };
        ends.iter()
            .filter(|(partition, end)| gone(partition, **end))
            .count()
    }

    /// The highest term of each partition.
    pub(super) fn terms(&self) -> BTreeMap<u16, u64> {
        let all = self.partitions().into_iter();
        all.map(|(partition, tellers)| {
            let terms = tellers.values().filter_map(|status| status.term);
            (partition, terms.max().unwrap_or(0))
        })
        .collect()
    }
}

fn agreed_leader(id: u16, tellers: &BTreeMap<u64, &PartitionStatus>) -> Result<u64, String> {
    let holders: BTreeSet<u64> = tellers.keys().copied().collect();
    if holders.len() != REPLICATION {
        return Err(format!("partition {id} is held by {holders:?}"));
    }
    let mut leaders = BTreeSet::new();
    for (teller, status) in tellers {
        let voters: BTreeSet<u64> = status.voters.iter().copied().collect();
        let planned: BTreeSet<u64> = status.replicas.iter().copied().collect();
        if voters != holders || planned != holders {
            return Err(format!(
                "node {teller} says that {voters:?} of {planned:?} vote in partition {id}"
            ));
        }
        leaders.insert(status.leader);
    }
    match leaders.pop_first() {
        Some(Some(leader)) if leaders.is_empty() => Ok(leader),
        _ => Err(format!("partition {id} has no leader that all agree on")),
    }
}

fn even(what: &str, counts: &BTreeMap<u64, usize>) -> Result<(), String> {
    let (most, least) = (counts.values().max(), counts.values().min());
    match (most, least) {
        (Some(most), Some(least)) if most - least <= 1 => Ok(()),
        _ => Err(format!("each node {what} {counts:?}")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn view(members: &[u64], partitions: &[Value]) -> ClusterStatus {
        let nodes: Vec<Value> = members.iter().map(|id| json!({ "id": id })).collect();
        serde_json::from_value(json!({ "nodes": nodes, "partitions": partitions })).unwrap()
    }

    fn partition(id: u16, leader: u64, voters: &[u64], purged: u64) -> Value {
        json!({ "id": id, "leader": leader, "replicas": [1, 2, 3], "voters": voters, "term": 4,
            "lastLogIndex": 900, "purgedIndex": purged })
    }

    fn overview(partitions: &[Value]) -> Overview {
        let views = [1, 2, 3].map(|id| (id, view(&[1, 2, 3], partitions)));
        Overview::new(views.into())
    }

    #[test]
    fn it_is_settled_when_all_vote_and_lead_their_share() {
        let all = [1, 2, 3];
        let even = [1, 2, 3, 1].map(|leader| (leader, &all[..]));
        let told = |leaders: &[(u64, &[u64])]| {
            let partitions = (0..).zip(leaders);
            let partitions =
                partitions.map(|(id, (leader, voters))| partition(id, *leader, voters, 0));
            overview(&partitions.collect::<Vec<_>>()).settled()
        };
        told(&even).unwrap();
        let uneven = told(&[(1, &all), (1, &all), (2, &all)]).unwrap_err();
        assert!(uneven.contains("leads"), "{uneven}");
        let short = told(&[(1, &all), (2, &[1, 2]), (3, &all)]).unwrap_err();
        assert!(short.contains("partition 1"), "{short}");
    }

    #[test]
    fn an_end_is_out_of_reach_when_all_others_have_purged_past_it() {
        let told = overview(&[
            partition(0, 1, &[1, 2, 3], 700),
            partition(1, 2, &[1, 2, 3], 500),
        ]);
        assert_eq!(told.ends_at(3), BTreeMap::from([(0, 900), (1, 900)]));
        let ends = BTreeMap::from([(0, 600), (1, 600)]);
        assert_eq!(told.out_of_reach(&ends, 3), 1);
    }
}
