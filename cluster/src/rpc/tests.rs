//! The mux end to end, on both transports.

mod calls;
mod hostile;
mod links;
mod streams;
mod tls;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use roost_model::{Incarnation, NodeId};
use tokio::sync::mpsc;

use super::{Acceptor, Network, NetworkOptions, Responder, Stream};
use crate::transport::Transport;
use crate::transport::memory::MemoryNetwork;

const A: NodeId = NodeId(1);
const B: NodeId = NodeId(2);
/// For what must happen: long enough for a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

struct Call {
    from: NodeId,
    kind: u8,
    payload: Bytes,
    reply: Responder,
}

struct Opened {
    from: NodeId,
    kind: u8,
    header: Bytes,
    stream: Stream,
}

/// Hands everything to the test.
struct Recorder {
    calls: mpsc::Sender<Call>,
    streams: mpsc::Sender<Opened>,
}

impl Acceptor for Recorder {
    fn on_call(&self, from: NodeId, kind: u8, payload: Bytes, reply: Responder) {
        assert!(kind != PANIC, "asked for");
        let _ = self.calls.try_send(Call {
            from,
            kind,
            payload,
            reply,
        });
    }

    fn on_stream(&self, from: NodeId, kind: u8, header: Bytes, stream: Stream) {
        let _ = self.streams.try_send(Opened {
            from,
            kind,
            header,
            stream,
        });
    }
}

/// A call of this kind makes the acceptor panic.
const PANIC: u8 = 66;

struct Node {
    network: Network,
    calls: mpsc::Receiver<Call>,
    streams: mpsc::Receiver<Opened>,
}

impl Node {
    fn start(me: NodeId, transport: Arc<dyn Transport>, options: NetworkOptions) -> Node {
        let (call_sender, calls) = mpsc::channel(100_000);
        let (stream_sender, streams) = mpsc::channel(100_000);
        let recorder = Recorder {
            calls: call_sender,
            streams: stream_sender,
        };
        let network = Network::start(me, transport, Arc::new(recorder), options);
        Node {
            network,
            calls,
            streams,
        }
    }

    /// Answers every call with its own payload from now on.
    fn echo(self) -> Network {
        let Node {
            network,
            mut calls,
            streams,
        } = self;
        tokio::spawn(async move {
            let _streams = streams;
            while let Some(call) = calls.recv().await {
                call.reply.send(Ok(call.payload));
            }
        });
        network
    }

    async fn next_call(&mut self) -> Call {
        within(self.calls.recv()).await.unwrap()
    }

    async fn next_stream(&mut self) -> Opened {
        within(self.streams.recv()).await.unwrap()
    }
}

fn options() -> NetworkOptions {
    NetworkOptions {
        incarnation: Incarnation(1),
        seed: Some(7),
        ..NetworkOptions::default()
    }
}

fn address(node: NodeId) -> String {
    format!("memory-{node}")
}

fn memory_node(net: &MemoryNetwork, me: NodeId, options: NetworkOptions) -> Node {
    Node::start(me, Arc::new(net.bind(me, address(me))), options)
}

/// Makes one node dial another and waits until it is through.
async fn connect(from: &Network, to: NodeId, address: String) {
    from.set_peers(BTreeMap::from([(to, address)]));
    until_up(from, to).await;
}

async fn until_up(network: &Network, node: NodeId) {
    let mut links = network.links();
    within(links.wait_for(|up| up.contains_key(&node)))
        .await
        .unwrap();
}

async fn until_down(network: &Network, node: NodeId) {
    let mut links = network.links();
    within(links.wait_for(|up| !up.contains_key(&node)))
        .await
        .unwrap();
}

/// Two nodes in memory; the first one has dialed the second.
async fn pair(of_a: NetworkOptions, of_b: NetworkOptions) -> (MemoryNetwork, Node, Node) {
    let net = MemoryNetwork::new();
    let b = memory_node(&net, B, of_b);
    let a = memory_node(&net, A, of_a);
    connect(&a.network, B, address(B)).await;
    (net, a, b)
}

async fn within<F: Future>(future: F) -> F::Output {
    tokio::time::timeout(PATIENCE, future)
        .await
        .expect("took too long")
}
