//! Links that break and come back.

use std::collections::BTreeSet;
use std::time::Instant;

use super::*;
use crate::rpc::{CallError, Lane, LinkEvent};
use crate::transport::memory::Path;

/// Far below the silence that would be noticed by timers.
const AT_ONCE: Duration = Duration::from_millis(100);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cut_fails_what_is_under_way_and_is_reported_at_once() {
    let (net, a, mut b) = pair(options(), options()).await;
    let mut events = a.network.link_events();
    let network = a.network.clone();
    let calls = (0..20).map(|_| {
        let network = network.clone();
        tokio::spawn(async move { network.call(B, 1, Bytes::new(), PATIENCE).await })
    });
    let calls: Vec<_> = calls.collect();
    let mut held = Vec::new();
    for _ in 0..20 {
        held.push(b.next_call().await);
    }
    let cut = Instant::now();
    net.set_paths(A, B, Path::Cut);
    assert_eq!(within(events.recv()).await.unwrap(), LinkEvent::Down(B));
    for call in calls {
        assert_eq!(within(call).await.unwrap(), Err(CallError::Closed));
    }
    assert!(cut.elapsed() < AT_ONCE, "{:?}", cut.elapsed());
    assert!(!a.network.is_up(B));
    let answer = a.network.call(B, 1, Bytes::new(), PATIENCE).await;
    assert_eq!(answer, Err(CallError::Unreachable));
    // Answers to calls of a dead link go nowhere.
    held.into_iter()
        .for_each(|call| call.reply.send(Ok(Bytes::new())));

    net.set_paths(A, B, Path::Open);
    assert_eq!(within(events.recv()).await.unwrap(), LinkEvent::Up(B));
    let _b = b.echo();
    a.network.call(B, 1, Bytes::new(), PATIENCE).await.unwrap();
}

#[tokio::test]
async fn a_silent_peer_is_down_after_a_while_and_an_idle_one_is_not() {
    let quick = NetworkOptions {
        ping_every: Duration::from_millis(30),
        dead_after: Duration::from_millis(300),
        dial_timeout: Duration::from_millis(200),
        ..options()
    };
    let (net, a, b) = pair(quick.clone(), quick).await;
    let mut events = a.network.link_events();
    let idle = tokio::time::timeout(Duration::from_millis(900), events.recv()).await;
    assert!(idle.is_err(), "{idle:?}");
    let frozen = Instant::now();
    net.set_path(B, A, Path::Frozen);
    assert_eq!(within(events.recv()).await.unwrap(), LinkEvent::Down(B));
    assert!(frozen.elapsed() > Duration::from_millis(200));
    net.set_path(B, A, Path::Open);
    until_up(&a.network, B).await;
    let _b = b.echo();
    a.network.call(B, 1, Bytes::new(), PATIENCE).await.unwrap();
}

#[tokio::test]
async fn a_restarted_peer_is_found_again_with_its_new_incarnation() {
    let (net, a, b) = pair(options(), options()).await;
    let mut events = a.network.link_events();
    b.network.shutdown().await;
    drop(b);
    assert_eq!(within(events.recv()).await.unwrap(), LinkEvent::Down(B));
    let again = NetworkOptions {
        incarnation: Incarnation(2),
        ..options()
    };
    let _b = memory_node(&net, B, again).echo();
    assert_eq!(within(events.recv()).await.unwrap(), LinkEvent::Up(B));
    assert_eq!(a.network.links().borrow().get(&B), Some(&Incarnation(2)));
    a.network.call(B, 1, Bytes::new(), PATIENCE).await.unwrap();
}

#[tokio::test]
async fn a_peer_that_comes_back_by_itself_is_dialed_without_waiting_for_the_backoff() {
    let net = MemoryNetwork::new();
    let patient = NetworkOptions {
        backoff_first: Duration::from_secs(3600),
        backoff_longest: Duration::from_secs(3600),
        ..options()
    };
    let a = memory_node(&net, A, patient);
    a.network.set_peers(BTreeMap::from([(B, address(B))]));
    let answer = a.network.call(B, 1, Bytes::new(), PATIENCE).await;
    assert_eq!(answer, Err(CallError::Unreachable));
    let b = memory_node(&net, B, options());
    connect(&b.network, A, address(A)).await;
    until_up(&a.network, B).await;
}

#[tokio::test]
async fn a_node_that_leaves_the_address_book_is_down() {
    let (net, a, b) = pair(options(), options()).await;
    let mut events = a.network.link_events();
    a.network.set_peers(BTreeMap::new());
    assert!(!a.network.is_up(B));
    assert_eq!(within(events.recv()).await.unwrap(), LinkEvent::Down(B));
    let opened = a.network.open(B, Lane::Bulk, 1, Bytes::new()).await;
    assert!(matches!(opened, Err(CallError::Unreachable)));
    // The same node at another address.
    b.network.shutdown().await;
    let _b = Node::start(B, Arc::new(net.bind(B, "moved")), options());
    connect(&a.network, B, "moved".into()).await;
    // Saying it again changes nothing.
    while events.try_recv().is_ok() {}
    a.network
        .set_peers(BTreeMap::from([(A, address(A)), (B, "moved".into())]));
    assert!(a.network.is_up(B) && events.try_recv().is_err());
}

#[tokio::test]
async fn a_removed_node_is_cut_off_and_told_so() {
    let (net, a, b) = pair(options(), options()).await;
    let mut events = a.network.link_events();
    let mut expelled = a.network.expelled();
    assert!(!*expelled.borrow_and_update());
    b.network.turn_away(&BTreeSet::from([A]));
    assert_eq!(within(events.recv()).await.unwrap(), LinkEvent::Down(B));
    within(expelled.wait_for(|told| *told)).await.unwrap();
    let answer = a.network.call(B, 1, Bytes::new(), PATIENCE).await;
    assert_eq!(answer, Err(CallError::Unreachable));
    // A new process with the same certificate fares no better, and others are welcome.
    a.network.shutdown().await;
    let again = memory_node(&net, A, options());
    let mut expelled = again.network.expelled();
    again.network.set_peers(BTreeMap::from([(B, address(B))]));
    within(expelled.wait_for(|told| *told)).await.unwrap();
    let other = memory_node(&net, NodeId(3), options());
    connect(&other.network, B, address(B)).await;
    assert!(!*other.network.expelled().borrow());
}

#[tokio::test]
async fn the_bulk_lane_comes_back_after_a_cut() {
    let (net, a, mut b) = pair(options(), options()).await;
    let mut near = a
        .network
        .open(B, Lane::Bulk, 1, Bytes::new())
        .await
        .unwrap();
    let _far = b.next_stream().await;
    net.break_connections(A, B);
    within(near.recv()).await.unwrap_err();
    let again = async {
        loop {
            if a.network.open(B, Lane::Bulk, 2, Bytes::new()).await.is_ok() {
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    within(again).await;
    assert_eq!(b.next_stream().await.kind, 2);
}

#[tokio::test]
async fn dropping_the_last_handle_closes_the_links() {
    let (_net, a, b) = pair(options(), options()).await;
    drop(b);
    until_down(&a.network, B).await;
}

#[tokio::test]
async fn an_acceptor_that_panics_costs_its_connection_only() {
    let (_net, a, b) = pair(options(), options()).await;
    let _b = b.echo();
    let mut events = a.network.link_events();
    let answer = a.network.call(B, PANIC, Bytes::new(), PATIENCE).await;
    assert_eq!(answer, Err(CallError::Closed));
    assert_eq!(within(events.recv()).await.unwrap(), LinkEvent::Down(B));
    assert_eq!(within(events.recv()).await.unwrap(), LinkEvent::Up(B));
    a.network.call(B, 1, Bytes::new(), PATIENCE).await.unwrap();
}
