//! Replicas that have applied the same entries hold the same rows, and each row makes sense.

use std::collections::BTreeMap;

use roost_model::NodeId;
use roost_partition::invariant;

use crate::sim::world::{NODES, PARTITIONS, World};

/// Compares the replicas of all running nodes, as far as they have applied the same. With
/// `thorough` every row of each is looked at as well.
pub(in crate::sim) fn check(world: &World, thorough: bool) -> Vec<String> {
    let mut breaches = Vec::new();
    let mut known: BTreeMap<_, (NodeId, u64)> = BTreeMap::new();
    for node in world.nodes.values() {
        let Some(services) = node.services() else {
            continue;
        };
        for handle in services.system.cluster().partitions() {
            let (reader, partition) = (handle.reader(), handle.id());
            let place = (partition, reader.position());
            match reader.fingerprint() {
                Err(error) => breaches.push(format!(
                    "partition {partition} of node {} is unreadable: {error}",
                    node.id()
                )),
                Ok(print) => {
                    let (other, known) = *known.entry(place).or_insert((node.id(), print));
                    if known != print {
                        breaches.push(format!(
                            "partition {partition} differs at nodes {other} and {} at {:?}",
                            node.id(),
                            place.1
                        ));
                    }
                }
            }
            if thorough {
                match invariant::check(reader) {
                    Ok(found) => breaches.extend(found.iter().map(|violation| {
                        format!("partition {partition} at node {}: {violation}", node.id())
                    })),
                    Err(error) => breaches.push(format!("partition {partition}: {error}")),
                }
            }
        }
    }
    breaches
}

/// Whether every partition has as many replicas as it should have, all of one have applied the same,
/// and there are none where none should be.
pub(in crate::sim) fn are_level(world: &World) -> bool {
    let mut places = BTreeMap::new();
    let mut replicas = 0;
    for services in world.nodes.values().filter_map(|node| node.services()) {
        for handle in services.system.cluster().partitions() {
            replicas += 1;
            let place = handle.reader().position();
            if *places.entry(handle.id()).or_insert(place) != place {
                return false;
            }
        }
    }
    let wanted = world.nodes.len().min(NODES as usize);
    replicas == wanted * usize::from(PARTITIONS)
}
