//! Calls.

use futures::future::join_all;
use futures::{FutureExt as _, StreamExt as _};

use super::*;
use crate::rpc::{CallError, MAX_PAYLOAD, Refused};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pipelined_calls_arrive_in_order_and_each_answer_finds_its_caller() {
    let (_net, a, mut b) = pair(options(), options()).await;
    let calls = (0..2000u32).map(|n| {
        a.network.call(
            B,
            (n % 50) as u8,
            Bytes::copy_from_slice(&n.to_le_bytes()),
            PATIENCE,
        )
    });
    let answering = async {
        let mut held = Vec::new();
        for n in 0..2000u32 {
            let call = b.next_call().await;
            assert_eq!((call.from, call.kind), (A, (n % 50) as u8));
            assert_eq!(call.payload[..], n.to_le_bytes());
            held.push(call);
        }
        for call in held.into_iter().rev() {
            call.reply.send(Ok(call.payload));
        }
    };
    let (answers, ()) = tokio::join!(join_all(calls), answering);
    for (n, answer) in answers.into_iter().enumerate() {
        assert_eq!(answer.unwrap()[..], (n as u32).to_le_bytes());
    }
}

#[tokio::test]
async fn a_refusal_brings_its_code_and_a_dropped_call_is_refused() {
    let (_net, a, mut b) = pair(options(), options()).await;
    let (refused, ()) = tokio::join!(a.network.call(B, 1, Bytes::new(), PATIENCE), async {
        b.next_call()
            .await
            .reply
            .send(Err(Refused::new(11, "not the leader")));
    });
    assert_eq!(
        refused,
        Err(CallError::Refused {
            code: 11,
            message: "not the leader".into()
        })
    );
    let (dropped, ()) = tokio::join!(a.network.call(B, 1, Bytes::new(), PATIENCE), async {
        drop(b.next_call().await.reply);
    });
    let code = Refused::UNANSWERED;
    assert!(matches!(dropped, Err(CallError::Refused { code: found, .. }) if found == code));
}

#[tokio::test]
async fn a_late_answer_hurts_nobody() {
    let (_net, a, mut b) = pair(options(), options()).await;
    let short = Duration::from_millis(20);
    assert_eq!(
        a.network.call(B, 1, Bytes::new(), short).await,
        Err(CallError::TimedOut)
    );
    let late = b.next_call().await;
    late.reply.send(Ok(Bytes::from_static(b"late")));
    let (answer, ()) = tokio::join!(a.network.call(B, 2, Bytes::new(), PATIENCE), async {
        let call = b.next_call().await;
        assert_eq!(call.kind, 2);
        call.reply.send(Ok(Bytes::from_static(b"in time")));
    });
    assert_eq!(answer.unwrap(), "in time");
}

#[tokio::test]
async fn the_largest_payload_passes_both_ways_and_a_larger_one_is_refused() {
    let (_net, a, b) = pair(options(), options()).await;
    let _b = b.echo();
    let largest = Bytes::from(vec![7; MAX_PAYLOAD]);
    let answer = a
        .network
        .call(B, 1, largest.clone(), PATIENCE)
        .await
        .unwrap();
    assert!(answer == largest);
    let larger = Bytes::from(vec![7; MAX_PAYLOAD + 1]);
    let answer = a.network.call(B, 1, larger, PATIENCE).await;
    assert_eq!(answer, Err(CallError::TooLarge(MAX_PAYLOAD + 1)));
}

#[tokio::test]
async fn an_answer_that_is_too_large_becomes_a_refusal() {
    let (_net, a, mut b) = pair(options(), options()).await;
    let (answer, ()) = tokio::join!(a.network.call(B, 1, Bytes::new(), PATIENCE), async {
        b.next_call()
            .await
            .reply
            .send(Ok(vec![0; MAX_PAYLOAD + 1].into()));
    });
    let code = Refused::ANSWER_TOO_LARGE;
    assert!(matches!(answer, Err(CallError::Refused { code: found, .. }) if found == code));
}

#[tokio::test]
async fn strangers_and_the_node_itself_cannot_be_reached() {
    let (_net, a, _b) = pair(options(), options()).await;
    for node in [A, NodeId(99)] {
        let answer = a.network.call(node, 1, Bytes::new(), PATIENCE).await;
        assert_eq!(answer, Err(CallError::Unreachable));
    }
}

#[tokio::test]
async fn callers_wait_while_the_window_of_unanswered_calls_is_full() {
    let of_a = NetworkOptions {
        call_window: 10_000,
        ..options()
    };
    let (_net, a, mut b) = pair(of_a, options()).await;
    let network = a.network.clone();
    let calls = tokio::spawn(async move {
        let call = |_| network.call(B, 1, Bytes::from(vec![0; 1000]), PATIENCE);
        join_all((0..40).map(call)).await
    });
    // Seven calls of 1,256 bytes fit; a stream that was opened later has overtaken the others.
    let mut held = Vec::new();
    for _ in 0..7 {
        held.push(b.next_call().await);
    }
    let _marker = a
        .network
        .open(B, super::super::Lane::Control, 0, Bytes::new())
        .await
        .unwrap();
    b.next_stream().await;
    assert!(b.calls.recv().now_or_never().is_none());
    // Every answer lets another one through.
    for call in held {
        call.reply.send(Ok(Bytes::new()));
    }
    for _ in 7..40 {
        b.next_call().await.reply.send(Ok(Bytes::new()));
    }
    assert!(within(calls).await.unwrap().iter().all(Result::is_ok));
}

#[tokio::test]
async fn a_peer_refuses_more_unanswered_calls_than_it_can_hold() {
    let of_b = NetworkOptions {
        call_window: 5_000,
        ..options()
    };
    let (_net, a, mut b) = pair(options(), of_b).await;
    let network = a.network.clone();
    let mut calls: futures::stream::FuturesUnordered<_> = (0..20)
        .map(|_| network.call(B, 1, Bytes::from(vec![0; 1000]), PATIENCE))
        .collect();
    for _ in 0..13 {
        let code = Refused::OVERLOADED;
        let answer = within(calls.next()).await.unwrap();
        assert!(matches!(answer, Err(CallError::Refused { code: found, .. }) if found == code));
    }
    for _ in 0..7 {
        b.next_call().await.reply.send(Ok(Bytes::new()));
    }
    assert!(
        within(calls.collect::<Vec<_>>())
            .await
            .iter()
            .all(Result::is_ok)
    );
}
