//! Pipes inside one process, on a network that can be damaged.
//!
//! Addresses are arbitrary texts. Every path, one per ordered pair of nodes, is [`Path::Open`],
//! [`Path::Frozen`] (bytes wait, nobody is told: a stopped process or a switch that drops
//! packets) or [`Path::Cut`] (connections break, new ones are refused).

mod pipe;

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::sync::{Arc, Weak};

use futures::FutureExt as _;
use futures::future::BoxFuture;
use parking_lot::Mutex;
use roost_model::NodeId;
use tokio::sync::mpsc;

use self::pipe::{Wire, pipe};
use super::{Credential, Incoming, PeerStream, Transport, TransportError};

/// Connections that wait to be accepted; more are refused.
const BACKLOG: usize = 256;

/// The network that some transports of one process share. Cheap to clone.
#[derive(Clone, Default)]
pub struct MemoryNetwork {
    state: Arc<Mutex<State>>,
}

/// One node's access to a [`MemoryNetwork`].
pub struct MemoryTransport {
    network: MemoryNetwork,
    node: NodeId,
    address: String,
    accepted: tokio::sync::Mutex<mpsc::Receiver<PeerStream>>,
}

/// What happens to bytes from one node to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Path {
    /// They arrive.
    #[default]
    Open,
    /// They wait until the path opens; neither end is told.
    Frozen,
    /// Every connection that uses the path breaks, new ones are refused.
    Cut,
}

#[derive(Default)]
struct State {
    listeners: BTreeMap<String, Listener>,
    paths: BTreeMap<(NodeId, NodeId), Path>,
    wires: Vec<Weak<Wire>>,
}

struct Listener {
    node: NodeId,
    accepted: mpsc::Sender<PeerStream>,
}

// === impl MemoryNetwork ===

impl MemoryNetwork {
    /// An empty network with all paths open.
    pub fn new() -> MemoryNetwork {
        MemoryNetwork::default()
    }

    /// Lets a node listen at `address`, instead of whoever did before.
    pub fn bind(&self, node: NodeId, address: impl Into<String>) -> MemoryTransport {
        let address = address.into();
        let (sender, receiver) = mpsc::channel(BACKLOG);
        let listener = Listener {
            node,
            accepted: sender,
        };
        self.state
            .lock()
            .listeners
            .insert(address.clone(), listener);
        let accepted = tokio::sync::Mutex::new(receiver);
        MemoryTransport {
            network: self.clone(),
            node,
            address,
            accepted,
        }
    }

    /// Changes the path from one node to another, for its connections of now and later.
    pub fn set_path(&self, from: NodeId, to: NodeId, path: Path) {
        let mut state = self.state.lock();
        state.paths.insert((from, to), path);
        for wire in state.live_wires() {
            wire.set_path(from, to, path);
        }
    }

    /// Changes both paths between two nodes.
    pub fn set_paths(&self, a: NodeId, b: NodeId, path: Path) {
        self.set_path(a, b, path);
        self.set_path(b, a, path);
    }

    /// Breaks the connections between two nodes once; they may connect again at once.
    pub fn break_connections(&self, a: NodeId, b: NodeId) {
        for wire in self.state.lock().live_wires() {
            if wire.joins(a, b) {
                wire.break_now();
            }
        }
    }

    fn connect(&self, from: NodeId, to: NodeId, address: &str) -> io::Result<PeerStream> {
        let mut state = self.state.lock();
        let (there, back) = (state.path(from, to), state.path(to, from));
        if there == Path::Cut || back == Path::Cut {
            return Err(io::ErrorKind::ConnectionRefused.into());
        }
        let listener = state
            .listeners
            .get(address)
            .ok_or(io::ErrorKind::ConnectionRefused)?;
        if listener.node != to {
            let error = format!("node {} listens at {address}, not node {to}", listener.node);
            return Err(io::Error::new(io::ErrorKind::InvalidData, error));
        }
        let (near, far, wire) = pipe(from, to);
        wire.set_path(from, to, there);
        wire.set_path(to, from, back);
        let far = PeerStream::new(far, Credential::Node(from), format!("memory:{from}"));
        let sent = listener.accepted.try_send(far);
        sent.map_err(|_| io::ErrorKind::ConnectionRefused)?;
        state.wires.retain(|wire| wire.strong_count() > 0);
        state.wires.push(Arc::downgrade(&wire));
        Ok(PeerStream::new(near, Credential::Node(to), address))
    }
}

impl fmt::Debug for MemoryNetwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state.lock();
        f.debug_struct("MemoryNetwork")
            .field("listeners", &state.listeners.keys())
            .field("paths", &state.paths)
            .finish_non_exhaustive()
    }
}

// === impl State ===

impl State {
    fn path(&self, from: NodeId, to: NodeId) -> Path {
        self.paths.get(&(from, to)).copied().unwrap_or_default()
    }

    fn live_wires(&self) -> impl Iterator<Item = Arc<Wire>> + '_ {
        self.wires.iter().filter_map(Weak::upgrade)
    }
}

// === impl MemoryTransport ===

impl Transport for MemoryTransport {
    fn dial<'a>(
        &'a self,
        to: NodeId,
        address: &'a str,
    ) -> BoxFuture<'a, Result<PeerStream, TransportError>> {
        async move { Ok(self.network.connect(self.node, to, address)?) }.boxed()
    }

    fn accept(&self) -> BoxFuture<'_, Result<Incoming, TransportError>> {
        async move {
            let next = self.accepted.lock().await.recv().await;
            let stream = next.ok_or(TransportError::Closed)?;
            Ok(async move { Ok(stream) }.boxed())
        }
        .boxed()
    }
}

impl Drop for MemoryTransport {
    fn drop(&mut self) {
        // A successor may listen at the address by now; its queue is open, ours is closing.
        self.accepted.get_mut().close();
        let listeners = &mut self.network.state.lock().listeners;
        if listeners
            .get(&self.address)
            .is_some_and(|listener| listener.accepted.is_closed())
        {
            listeners.remove(&self.address);
        }
    }
}

impl fmt::Debug for MemoryTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryTransport")
            .field("node", &self.node)
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}
