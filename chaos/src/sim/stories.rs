//! Worlds in which something certain happens, for what chance seldom brings about.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt as _;
use parking_lot::Mutex;
use roost_cluster::blocking::InPlace;
use roost_cluster::{MetaState, Role};
use roost_edge::{CloseReason, Session};
use roost_model::{
    Channel, Channels, ConnectionEpoch, DeviceId, Identity, NodeId, PartitionId, partition_of,
};
use roost_partition::{Command, Detach, DetachReason};

use super::disk::Loss;
use super::node::SimNode;
use super::operator;
use super::workload::Workload;
use super::world::{PARTITIONS, World};

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

/// How often a node that runs was started.
fn starts(world: &World, node: NodeId) -> Option<u64> {
    let services = world.nodes[&node].services()?;
    Some(services.system.cluster().incarnation().get())
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

    // One of those who stay goes. The one who is to leave starts again and knows the plan from the first
    // moment; then the other one who stays does.
    world.crash(stay[1], Loss::Unsynced).unwrap();
    world.nodes.get_mut(&leave[0]).unwrap().stop();
    assert!(
        world
            .run_until(LIMIT, |world| starts(world, leave[0]) == Some(2))
            .unwrap()
    );
    world.crash(stay[0], Loss::Unsynced).unwrap();
    world.start(stay[0]).unwrap();
    let partition = PartitionId(moving as u16);
    assert!(
        world
            .run_until(LIMIT, |world| is_led(world, partition))
            .unwrap(),
        "two of three voters run, and nobody leads"
    );
}

/// A world with its devices, one of which is connected to a node that does not lead its partition. Gives
/// the node that leads it, and the one that it is connected to.
fn connected(name: &str) -> (World, NodeId, NodeId, Session) {
    let mut world = formed(name);
    let workload = Workload::new(1, world.history().clone());
    workload.set_up(&world);
    assert!(world.run_until(LIMIT, |_| workload.is_set_up()).unwrap());
    // Until leaders are where they stay.
    pass(&mut world, 10_000);
    let device = DeviceId::parse("d0").unwrap();
    let partition = partition_of(&device, PARTITIONS);
    let leads = |node: &&SimNode| {
        let handle = node
            .services()
            .unwrap()
            .system
            .cluster()
            .partition(partition);
        handle.is_some_and(|handle| matches!(*handle.role().borrow(), Role::Leader { .. }))
    };
    let leader = world.nodes.values().find(leads).unwrap().id();
    let edge = (1..=3).map(NodeId).find(|node| *node != leader).unwrap();
    let session = workload.attach(&world.nodes[&edge], 0);
    assert!(
        world
            .run_until(LIMIT, |_| session.lock().is_some())
            .unwrap()
    );
    let session = session.lock().take().unwrap();
    (world, leader, edge, session)
}

#[test]
fn a_session_stays_whose_leader_alone_has_lost_a_link_to_its_edge() {
    let _in_place = InPlace::enter();
    let (mut world, leader, edge, session) = connected("link");
    // Until the edge has named its session, as it does in the beginning.
    pass(&mut world, 1_000);
    world.network.break_off(leader, edge);
    // Longer than a session is doubted.
    pass(&mut world, 40_000);
    assert_eq!(session.closed().now_or_never(), None, "it was given up");
    let held = held(&world, leader, session.identity());
    assert_eq!(held, Some(session.epoch()));
}

fn pass(world: &mut World, milliseconds: u64) {
    let end = world.time.now() + milliseconds;
    assert!(
        world
            .run_until(LIMIT, |world| world.time.now() >= end)
            .unwrap()
    );
}

/// The epoch of the session of an identity, as its leader has it.
fn held(world: &World, leader: NodeId, identity: &Identity) -> Option<ConnectionEpoch> {
    let partition = partition_of(&identity.device, PARTITIONS);
    let services = world.nodes[&leader].services()?;
    let handle = services.system.cluster().partition(partition)?;
    let session = handle.reader().session(identity)?;
    Some(session.epoch)
}

#[test]
fn a_session_that_its_leader_has_given_up_ends_at_its_edge_when_it_asks_for_something() {
    let _in_place = InPlace::enter();
    let (mut world, leader, edge, session) = connected("zombie");
    let identity = session.identity().clone();
    let handle = {
        let services = world.nodes[&leader].services().unwrap();
        let partition = partition_of(&identity.device, PARTITIONS);
        services.system.cluster().partition(partition).unwrap()
    };
    let Role::Leader { term } = *handle.role().borrow() else {
        panic!("it led a moment ago");
    };
    let detach = Command::Detach(Detach {
        identity: identity.clone(),
        epoch: session.epoch(),
        why: DetachReason::GraceExpired,
    });
    world.nodes[&leader].spawn(async move { drop(handle.propose(term, detach).await) });
    let gone = |world: &mut World| held(world, leader, &identity).is_none();
    assert!(world.run_until(LIMIT, gone).unwrap());
    let ended = Arc::new(Mutex::new(None));
    let filled = Arc::clone(&ended);
    world.nodes[&edge].spawn(async move {
        let all = |channels: Channels| channels.with(Channel::Methods);
        let refused = session.subscribe(all).await.is_err();
        *filled.lock() = Some((refused, session.closed().await));
    });
    assert!(world.run_until(LIMIT, |_| ended.lock().is_some()).unwrap());
    assert_eq!(*ended.lock(), Some((true, CloseReason::Superseded)));
}
