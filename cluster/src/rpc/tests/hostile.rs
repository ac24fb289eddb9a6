//! Peers that break the rules.

use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::*;
use crate::rpc::frame::{Frame, FrameKind};
use crate::rpc::handshake::{Greeted, HandshakeError, greet};
use crate::rpc::hello::{Hello, Lane, MIN_WINDOW};
use crate::transport::memory::MemoryTransport;

const X: NodeId = NodeId(13);

fn hello() -> Hello {
    let lane = Lane::Control;
    let cluster = options().cluster;
    Hello {
        node: X,
        incarnation: Incarnation(5),
        lane,
        window: MIN_WINDOW,
        cluster,
    }
}

/// A node that answers calls and leaves streams lying about.
struct Victim {
    _network: Network,
    hostile: MemoryTransport,
}

fn victim() -> Victim {
    let net = MemoryNetwork::new();
    let network = memory_node(&net, B, options()).echo();
    Victim {
        _network: network,
        hostile: net.bind(X, address(X)),
    }
}

impl Victim {
    async fn try_greet(&self, hello: &Hello) -> Result<Greeted, HandshakeError> {
        let stream = self.hostile.dial(B, &address(B)).await.unwrap();
        within(greet(stream, B, hello)).await
    }

    /// Sends bytes after a proper hello; returns once the victim has cut the connection.
    async fn is_cut_by(&self, bytes: &[u8]) {
        let mut greeted = self.try_greet(&hello()).await.ok().unwrap();
        // The victim may cut before it has read all.
        let _ = greeted.io.write_all(bytes).await;
        let mut rest = Vec::new();
        let _ = within(greeted.io.read_to_end(&mut rest)).await;
    }

    async fn is_well(&self) {
        self.try_greet(&hello()).await.ok().unwrap();
    }
}

fn bytes(frames: &[Frame]) -> Vec<u8> {
    frames
        .iter()
        .flat_map(|frame| [&frame.head()[..], &frame.payload].concat())
        .collect()
}

fn frame(kind: FrameKind, detail: u8, id: u64, payload: &[u8]) -> Frame {
    Frame::new(kind, detail, id, Bytes::copy_from_slice(payload))
}

#[tokio::test]
async fn every_broken_rule_costs_the_connection() {
    use FrameKind::{Call, Credit, Data, Finish, Goodbye, Hello, Open, Reply, Reset};
    let victim = victim();
    let open = |id| frame(Open, 0, id, b"");
    let cases: Vec<Vec<u8>> = vec![
        vec![0; 4],
        vec![0xff; 40],
        [10u32.to_le_bytes().to_vec(), vec![77; 10]].concat(),
        bytes(&[frame(Hello, 0, 0, b"")]),
        bytes(&[frame(Goodbye, 0, 0, b"")]),
        bytes(&[frame(Reply, 0, 1, b"")]),
        bytes(&[frame(Data, 0, 1, b"never opened")]),
        bytes(&[frame(Credit, 0, 1, b"")]),
        bytes(&[frame(Credit, 0, 1, &[1, 0, 0, 0])]),
        bytes(&[open(2), open(1)]),
        bytes(&[open(0)]),
        bytes(&[open(1), open(1)]),
        bytes(&[open(1), frame(Finish, 0, 1, b""), frame(Data, 0, 1, b"")]),
        bytes(&[open(1), frame(Finish, 0, 1, b""), frame(Reset, 0, 1, b"")]),
        bytes(&[open(1), frame(Credit, 0, 1, &u32::MAX.to_le_bytes())]),
        bytes(&[
            open(1),
            frame(Data, 0, 1, &vec![0; 900_000]),
            frame(Data, 0, 1, &vec![0; 900_000]),
            frame(Data, 0, 1, &vec![0; 900_000]),
        ]),
    ];
    for case in &cases {
        victim.is_cut_by(case).await;
    }
    victim.is_well().await;
    victim
        .is_cut_by(&bytes(&[frame(Call, PANIC, 1, b"")]))
        .await;
    victim.is_well().await;
}

#[tokio::test]
async fn a_peer_is_told_why_it_is_refused() {
    let victim = victim();
    let cases = [
        (
            Hello {
                cluster: "another".into(),
                ..hello()
            },
            "another",
        ),
        (Hello { node: A, ..hello() }, "did not prove"),
        (Hello { node: B, ..hello() }, "did not prove"),
    ];
    for (hello, expected) in cases {
        match victim.try_greet(&hello).await {
            Err(HandshakeError::Refused(reason)) => {
                assert!(reason.contains(expected), "{reason}");
            }
            other => panic!("{:?}", other.err()),
        }
    }
    let _newer = victim.try_greet(&hello()).await.ok().unwrap();
    let older = Hello {
        incarnation: Incarnation(4),
        ..hello()
    };
    match victim.try_greet(&older).await {
        Err(HandshakeError::Refused(reason)) => assert!(reason.contains("newer"), "{reason}"),
        other => panic!("{:?}", other.err()),
    }
}

#[tokio::test]
async fn a_newer_connection_of_a_peer_replaces_the_older_one() {
    let victim = victim();
    let mut older = victim.try_greet(&hello()).await.ok().unwrap();
    let _newer = victim.try_greet(&hello()).await.ok().unwrap();
    let mut rest = Vec::new();
    let _ = within(older.io.read_to_end(&mut rest)).await;
}

#[tokio::test]
async fn another_version_of_the_protocol_is_refused_with_a_reason() {
    let victim = victim();
    let stream = victim.hostile.dial(B, &address(B)).await.unwrap();
    let mut io = stream.into_io();
    let mut hello = hello().encode().to_vec();
    hello[4] = 200;
    let hello = Frame::new(FrameKind::Hello, 0, 0, hello.into());
    io.write_all(&bytes(&[hello])).await.unwrap();
    let mut answer = Vec::new();
    within(io.read_to_end(&mut answer)).await.unwrap();
    assert!(String::from_utf8_lossy(&answer).contains("version 200"));
}

#[test]
fn random_frames_never_bring_the_node_down() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let victim = runtime.block_on(async { victim() });
    let any_frame = (
        0u8..14,
        any::<u8>(),
        0u64..4,
        prop::collection::vec(any::<u8>(), 0..40),
    );
    let frames = prop::collection::vec(any_frame, 1..30);
    let mut runner = TestRunner::new(ProptestConfig::with_cases(300));
    let outcome = runner.run(&frames, |frames| {
        runtime.block_on(async {
            let mut wire = Vec::new();
            for (kind, detail, id, payload) in frames {
                wire.extend_from_slice(&(10 + payload.len() as u32).to_le_bytes());
                // Asking the acceptor to panic is another test.
                wire.extend_from_slice(&[kind, detail & 63]);
                wire.extend_from_slice(&id.to_le_bytes());
                wire.extend_from_slice(&payload);
            }
            // A frame that cannot be, so that every case ends with a cut.
            wire.extend_from_slice(&[0; 4]);
            victim.is_cut_by(&wire).await;
        });
        Ok(())
    });
    outcome.unwrap();
    runtime.block_on(victim.is_well());
}
