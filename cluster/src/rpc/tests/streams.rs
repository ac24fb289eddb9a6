//! Streams.

use futures::{StreamExt as _, poll};

use super::*;
use crate::rpc::{CallError, Lane, MAX_PAYLOAD, Refused, StreamError, TrySendError};

const WINDOW: u32 = 64 * 1024;

fn small_windows() -> NetworkOptions {
    NetworkOptions {
        stream_window: WINDOW,
        ..options()
    }
}

async fn open(a: &Node, b: &mut Node) -> (Stream, Stream) {
    let header = Bytes::from_static(b"header");
    let near = a
        .network
        .open(B, Lane::Control, 9, header.clone())
        .await
        .unwrap();
    let opened = b.next_stream().await;
    assert_eq!((opened.from, opened.kind, opened.header), (A, 9, header));
    (near, opened.stream)
}

/// Sends 1,000-byte messages until there is no credit; returns their number.
fn fill(stream: &mut Stream) -> usize {
    (0..)
        .find(|_| stream.try_send(vec![1; 1000].into()).is_err())
        .unwrap()
}

#[tokio::test]
async fn a_sender_stalls_when_nobody_reads_and_goes_on_after() {
    let (_net, a, mut b) = pair(small_windows(), small_windows()).await;
    let (mut near, mut far) = open(&a, &mut b).await;
    let sent = fill(&mut near);
    assert!(
        (50..=WINDOW as usize / 1000).contains(&sent),
        "{sent} messages"
    );
    {
        let mut stalled = std::pin::pin!(near.send(vec![2; 1000].into()));
        assert!(poll!(&mut stalled).is_pending());
        // The peer has everything and still gives no credit, because nobody takes it.
        let answer = a.network.call(B, 1, Bytes::new(), PATIENCE);
        let (answer, ()) = tokio::join!(answer, async {
            b.next_call().await.reply.send(Ok(Bytes::new()));
        });
        answer.unwrap();
        assert!(poll!(&mut stalled).is_pending());
        for _ in 0..sent {
            assert_eq!(within(far.recv()).await.unwrap().unwrap(), vec![1; 1000]);
        }
        within(stalled).await.unwrap();
    }
    assert_eq!(within(far.recv()).await.unwrap().unwrap(), vec![2; 1000]);
}

#[tokio::test]
async fn a_stalled_stream_delays_neither_calls_nor_other_streams() {
    let (_net, a, mut b) = pair(small_windows(), small_windows()).await;
    let (mut stalled, _unread) = open(&a, &mut b).await;
    fill(&mut stalled);
    let (mut near, mut far) = open(&a, &mut b).await;
    for n in 0..500u32 {
        let message = Bytes::from(vec![n as u8; 1000]);
        near.send(message.clone()).await.unwrap();
        assert_eq!(within(far.recv()).await.unwrap().unwrap(), message);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_larger_than_the_window_pass_in_order() {
    let (_net, a, mut b) = pair(small_windows(), small_windows()).await;
    let (mut near, mut far) = open(&a, &mut b).await;
    let sizes = [5 << 20, 10, MAX_PAYLOAD, 0, 40_000, 3 << 20, 100_000];
    let sending = tokio::spawn(async move {
        for size in sizes {
            near.send(vec![3; size].into()).await.unwrap();
        }
        near.finish().await.unwrap()
    });
    for size in sizes {
        assert_eq!(within(far.recv()).await.unwrap().unwrap().len(), size);
    }
    assert_eq!(within(far.recv()).await, Ok(None));
    within(sending).await.unwrap();
    let (mut near, _far) = open(&a, &mut b).await;
    let larger = near.send(vec![0; MAX_PAYLOAD + 1].into()).await;
    assert_eq!(larger, Err(StreamError::TooLarge(MAX_PAYLOAD + 1)));
    near.send(Bytes::new()).await.unwrap();
}

#[tokio::test]
async fn both_directions_work_at_once_and_end_on_their_own() {
    let (_net, a, mut b) = pair(small_windows(), small_windows()).await;
    let (near, far) = open(&a, &mut b).await;
    let echo = tokio::spawn(async move {
        let (mut sender, mut receiver) = far.split();
        while let Some(message) = receiver.next().await {
            sender.send(message.unwrap()).await.unwrap();
        }
        sender.finish().await.unwrap();
    });
    let (mut sender, receiver) = near.split();
    let sending = tokio::spawn(async move {
        for n in 0..3000u32 {
            sender
                .send(Bytes::copy_from_slice(&n.to_le_bytes()))
                .await
                .unwrap();
        }
        sender.finish().await.unwrap();
    });
    let received: Vec<_> = within(receiver.collect::<Vec<_>>()).await;
    assert_eq!(received.len(), 3000);
    for (n, message) in received.into_iter().enumerate() {
        assert_eq!(message.unwrap()[..], (n as u32).to_le_bytes());
    }
    within(sending).await.unwrap();
    within(echo).await.unwrap();
}

#[tokio::test]
async fn a_dropped_sender_is_an_error_to_the_receiver_not_an_end() {
    let (_net, a, mut b) = pair(options(), options()).await;
    let (mut near, mut far) = open(&a, &mut b).await;
    near.send(Bytes::from_static(b"last")).await.unwrap();
    drop(near);
    assert_eq!(within(far.recv()).await.unwrap().unwrap(), "last");
    assert_eq!(within(far.recv()).await, Err(StreamError::Reset));
    let (_sender, receiver) = far.split();
    let items: Vec<_> = within(receiver.collect()).await;
    assert_eq!(items, [Err(StreamError::Reset)]);
}

#[tokio::test]
async fn a_dropped_receiver_stops_the_sender_but_not_the_other_direction() {
    let (_net, a, mut b) = pair(small_windows(), small_windows()).await;
    let (mut near, far) = open(&a, &mut b).await;
    let (mut sender, receiver) = far.split();
    fill(&mut near);
    drop(receiver);
    let stopped = async {
        loop {
            if let Err(error) = near.send(vec![0; 1000].into()).await {
                return error;
            }
        }
    };
    assert_eq!(within(stopped).await, StreamError::Reset);
    let refused = near.try_send(Bytes::new());
    assert_eq!(refused, Err(TrySendError::Ended(StreamError::Reset)));
    sender
        .send(Bytes::from_static(b"still here"))
        .await
        .unwrap();
    assert_eq!(within(near.recv()).await.unwrap().unwrap(), "still here");
}

#[tokio::test]
async fn a_stream_that_the_acceptor_drops_is_reset() {
    let (_net, a, mut b) = pair(options(), options()).await;
    let (mut near, far) = open(&a, &mut b).await;
    drop(far);
    assert_eq!(within(near.recv()).await, Err(StreamError::Reset));
}

#[tokio::test]
async fn a_cut_link_ends_streams_with_an_error() {
    let (net, a, mut b) = pair(small_windows(), small_windows()).await;
    let (mut near, mut far) = open(&a, &mut b).await;
    fill(&mut near);
    net.break_connections(A, B);
    assert_eq!(
        within(near.send(vec![0; 1000].into())).await,
        Err(StreamError::Closed)
    );
    assert_eq!(within(near.recv()).await, Err(StreamError::Closed));
    let ended = async {
        loop {
            if let Err(error) = far.recv().await {
                return error;
            }
        }
    };
    assert_eq!(within(ended).await, StreamError::Closed);
}

#[tokio::test]
async fn the_number_of_open_streams_is_bounded_and_ended_ones_do_not_count() {
    let few = NetworkOptions {
        max_streams: 2,
        ..options()
    };
    let (_net, a, mut b) = pair(few.clone(), few).await;
    for _ in 0..50 {
        let (near, far) = open(&a, &mut b).await;
        let mut near = near.finish().await.unwrap();
        let mut far = far.finish().await.unwrap();
        assert_eq!(within(near.recv()).await, Ok(None));
        assert_eq!(within(far.recv()).await, Ok(None));
    }
    let _first = open(&a, &mut b).await;
    let _second = open(&a, &mut b).await;
    let third = a.network.open(B, Lane::Control, 0, Bytes::new()).await;
    let code = Refused::OVERLOADED;
    assert!(matches!(third, Err(CallError::Refused { code: found, .. }) if found == code));
}

#[tokio::test]
async fn a_peer_with_a_lower_bound_resets_further_streams() {
    let of_b = NetworkOptions {
        max_streams: 1,
        ..options()
    };
    let (_net, a, mut b) = pair(options(), of_b).await;
    let _first = open(&a, &mut b).await;
    let mut second = a
        .network
        .open(B, Lane::Control, 0, Bytes::new())
        .await
        .unwrap();
    assert_eq!(within(second.recv()).await, Err(StreamError::Reset));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_bulk_lane_is_dialed_when_it_is_needed() {
    let (_net, a, mut b) = pair(options(), options()).await;
    let mut near = a
        .network
        .open(B, Lane::Bulk, 5, Bytes::new())
        .await
        .unwrap();
    let sending = tokio::spawn(async move {
        for _ in 0..64 {
            near.send(vec![8; 1 << 20].into()).await.unwrap();
        }
        near.finish().await.unwrap();
    });
    let mut far = b.next_stream().await.stream;
    let mut bytes = 0;
    while let Some(chunk) = within(far.recv()).await.unwrap() {
        bytes += chunk.len();
    }
    assert_eq!(bytes, 64 << 20);
    within(sending).await.unwrap();
}
