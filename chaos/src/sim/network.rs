//! The network of a simulated world: connections whose bytes take their time, or stay away.
//!
//! What a connection carries arrives in order, as with TCP; connections overtake each other. On a
//! blocked path bytes wait, as they do while TCP sends them again and again, and neither end is
//! told. A node that is gone breaks its connections, or falls silent when its power was cut.

mod wire;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;
use std::io;
use std::sync::Arc;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use parking_lot::Mutex;
use roost_cluster::transport::{Credential, Incoming, PeerStream, Transport, TransportError};
use roost_model::NodeId;
use tokio::sync::{mpsc, oneshot};

use self::wire::Wire;
use super::random::Random;

/// Connections that wait to be accepted; more are refused.
const BACKLOG: usize = 256;
/// How long bytes are on their way on a good path at most, in milliseconds.
const USUAL_DELAY: u64 = 3;

/// The network that all nodes of a world share. Cheap to clone.
#[derive(Clone)]
pub(super) struct SimNetwork {
    state: Arc<Mutex<State>>,
}

/// One node's access to it.
pub(super) struct SimTransport {
    network: SimNetwork,
    node: NodeId,
    accepted: tokio::sync::Mutex<mpsc::Receiver<PeerStream>>,
}

struct State {
    paths: Paths,
    listeners: BTreeMap<NodeId, mpsc::Sender<PeerStream>>,
    dials: VecDeque<Dial>,
    wires: Vec<Arc<Wire>>,
}

/// What paths are like, each from one node to another.
struct Paths {
    random: Random,
    /// Bytes stay away.
    blocked: BTreeSet<(NodeId, NodeId)>,
    /// Longest delay where it is not the usual one, in milliseconds.
    slow: BTreeMap<(NodeId, NodeId), u64>,
}

/// Somebody wants a connection.
struct Dial {
    from: NodeId,
    to: NodeId,
    answer: oneshot::Sender<io::Result<PeerStream>>,
}

// === impl SimNetwork ===

impl SimNetwork {
    /// An empty network with all paths open.
    pub(super) fn new(random: Random) -> SimNetwork {
        let paths = Paths {
            random,
            blocked: BTreeSet::new(),
            slow: BTreeMap::new(),
        };
        let state = State {
            paths,
            listeners: BTreeMap::new(),
            dials: VecDeque::new(),
            wires: Vec::new(),
        };
        SimNetwork {
            state: Arc::new(Mutex::new(state)),
        }
    }

    /// Lets a node listen.
    pub(super) fn bind(&self, node: NodeId) -> SimTransport {
        let (sender, receiver) = mpsc::channel(BACKLOG);
        self.state.lock().listeners.insert(node, sender);
        SimTransport {
            network: self.clone(),
            node,
            accepted: tokio::sync::Mutex::new(receiver),
        }
    }

    /// Lets bytes of one node to another stay away, or arrive again.
    pub(super) fn block(&self, from: NodeId, to: NodeId, blocked: bool) {
        let mut state = self.state.lock();
        if blocked {
            state.paths.blocked.insert((from, to));
        } else {
            state.paths.blocked.remove(&(from, to));
        }
    }

    /// Lets bytes of one node to another take up to `longest` milliseconds; as usual when none.
    pub(super) fn slow_down(&self, from: NodeId, to: NodeId, longest: Option<u64>) {
        let mut state = self.state.lock();
        match longest {
            Some(longest) => state.paths.slow.insert((from, to), longest),
            None => state.paths.slow.remove(&(from, to)),
        };
    }

    /// Opens every path, at its usual speed.
    pub(super) fn heal(&self) {
        let mut state = self.state.lock();
        state.paths.blocked.clear();
        state.paths.slow.clear();
    }

    /// Connections that one node has made to another break, at both ends; those of the other direction
    /// stay.
    pub(super) fn break_off(&self, from: NodeId, to: NodeId) {
        let state = self.state.lock();
        let wires = state.wires.iter().filter(|wire| wire.leads(from, to));
        wires.for_each(|wire| wire.break_off());
    }

    /// A node has ended. Its peers' connections break if they are `told`; else they hear no more.
    pub(super) fn leave(&self, node: NodeId, told: bool) {
        let mut state = self.state.lock();
        state.listeners.remove(&node);
        for wire in state.wires.iter().filter(|wire| wire.joins(node)) {
            if told {
                wire.break_off();
            } else {
                wire.fall_silent();
            }
        }
    }

    /// Brings what is due by `now` to where it belongs.
    pub(super) fn deliver(&self, now: u64) {
        let mut state = self.state.lock();
        let state = &mut *state;
        for dial in std::mem::take(&mut state.dials) {
            state.connect(dial);
        }
        state.wires.retain(|wire| !Wire::is_over(wire));
        for wire in &state.wires {
            wire.deliver(now, &mut state.paths);
        }
    }
}

impl fmt::Debug for SimNetwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SimNetwork").finish_non_exhaustive()
    }
}

// === impl Paths ===

impl Paths {
    fn are_blocked(&self, from: NodeId, to: NodeId) -> bool {
        self.blocked.contains(&(from, to))
    }

    fn delay(&mut self, from: NodeId, to: NodeId) -> u64 {
        let longest = self.slow.get(&(from, to)).copied();
        self.random.between(0, longest.unwrap_or(USUAL_DELAY))
    }
}

// === impl State ===

impl State {
    /// Answers a dial, or keeps it while nothing comes through: who dialed gives up some time.
    fn connect(&mut self, dial: Dial) {
        let (from, to) = (dial.from, dial.to);
        let blocked = self.paths.are_blocked(from, to) || self.paths.are_blocked(to, from);
        if dial.answer.is_closed() {
            return;
        }
        if blocked {
            self.dials.push_back(dial);
            return;
        }
        // What its dialer no longer takes is closed by being dropped.
        let _ = dial.answer.send(self.connected(from, to));
    }

    fn connected(&mut self, from: NodeId, to: NodeId) -> io::Result<PeerStream> {
        let refused = || io::Error::from(io::ErrorKind::ConnectionRefused);
        let listener = self.listeners.get(&to).ok_or_else(refused)?;
        let room = listener.try_reserve().map_err(|_| refused())?;
        let wire = Arc::new(Wire::new(from, to));
        let stream = |side, peer| {
            let end = Wire::end(&wire, side);
            PeerStream::new(end, Credential::Node(peer), format!("sim:{peer}"))
        };
        room.send(stream(1, from));
        let near = stream(0, to);
        self.wires.push(wire);
        Ok(near)
    }
}

// === impl SimTransport ===

impl Transport for SimTransport {
    fn dial<'a>(
        &'a self,
        to: NodeId,
        _address: &'a str,
    ) -> BoxFuture<'a, Result<PeerStream, TransportError>> {
        let (answer, connected) = oneshot::channel();
        let from = self.node;
        let dial = Dial { from, to, answer };
        self.network.state.lock().dials.push_back(dial);
        async move { Ok(connected.await.map_err(|_| TransportError::Closed)??) }.boxed()
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

impl fmt::Debug for SimTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SimTransport")
            .field("node", &self.node)
            .finish_non_exhaustive()
    }
}
