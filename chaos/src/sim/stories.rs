//! Worlds in which something certain happens, for what chance seldom brings about.

use std::path::PathBuf;
use std::time::Duration;

use roost_cluster::blocking::InPlace;
use roost_cluster::{MetaState, Role};
use roost_model::{NodeId, PartitionId};

use super::disk::Loss;
use super::operator;
use super::world::World;

const LIMIT: Duration = Duration::from_secs(60);

fn formed(name: &str) -> World {
    let name = format!("roost-story-{name}-{}", std::process::id());
    let folder: PathBuf = std::env::temp_dir().join(name);
    let mut world = World::new(1, &folder, false).unwrap();
    world.start_all().unwrap();
    assert!(world.run_until(LIMIT, |world| world.is_ready()).unwrap());
    world
}

fn is_led(world: &World, partition: PartitionId) -> bool {
    let mut services = world.nodes.values().filter_map(|node| node.services());
    services.any(|services| {
        let handle = services.system.cluster().partition(partition);
        handle.is_some_and(|handle| matches!(*handle.role().borrow(), Role::Leader { .. }))
    })
}

/// Whether every node that runs knows a plan of this kind.
fn all_know(world: &World, plan: impl Fn(&MetaState) -> bool) -> bool {
    let mut services = world.nodes.values().filter_map(|node| node.services());
    services.all(|services| plan(&services.system.cluster().meta().borrow()))
}

#[test]
fn a_replica_that_is_to_move_votes_after_a_restart_until_its_group_has_let_it_go() {
    let _in_place = InPlace::enter();
    let mut world = formed("move");
    // It is let in and never comes, so what is planned for it cannot be done.
    let fourth = NodeId(4);
    operator::join(&world.nodes[&NodeId(1)], fourth);
    let planned = |meta: &MetaState| meta.nodes.contains_key(&fourth);
    assert!(
        world
            .run_until(LIMIT, |world| all_know(world, planned))
            .unwrap()
    );
    let services = world.nodes[&NodeId(1)].services().unwrap();
    let meta = services.system.cluster().meta().borrow().clone();
    let plans = &meta.units.values().next().unwrap().placement;
    let moving = plans.iter().position(|replicas| replicas.contains(&fourth));
    let moving = moving.expect("a replica for the fourth node");
    let (stay, leave): (Vec<NodeId>, Vec<NodeId>) = (1..=3)
        .map(NodeId)
        .partition(|node| plans[moving].contains(node));

    // All processes end, and one of those who stay does not come back.
    for node in (1..=3).map(NodeId) {
        world.crash(node, Loss::Unsynced).unwrap();
    }
    world.start(leave[0]).unwrap();
    world.start(stay[0]).unwrap();
    let partition = PartitionId(moving as u16);
    assert!(
        world
            .run_until(LIMIT, |world| is_led(world, partition))
            .unwrap(),
        "two of three voters run, and nobody leads"
    );
}
