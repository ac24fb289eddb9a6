//! What the tasks of a node's mux share.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::{Mutex, RwLock};
use roost_model::{Incarnation, NodeId};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::acceptor::Acceptor;
use super::board::Board;
use super::connection::Connection;
use super::hello::{Hello, Lane, MIN_WINDOW};
use super::link::Link;
use super::options::NetworkOptions;
use crate::transport::Transport;

pub(crate) struct Core {
    pub(crate) me: NodeId,
    pub(crate) options: NetworkOptions,
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) acceptor: Arc<dyn Acceptor>,
    pub(crate) board: Board,
    pub(crate) peers: RwLock<BTreeMap<NodeId, Peer>>,
    /// What peers dialed; one connection per peer and lane.
    pub(crate) accepted: Mutex<BTreeMap<(NodeId, Lane), Arc<Connection>>>,
    /// Nodes that are turned away.
    pub(crate) removed: RwLock<BTreeSet<NodeId>>,
    /// A peer has said that this node was removed.
    pub(crate) expelled: watch::Sender<bool>,
    pub(crate) tasks: TaskTracker,
    pub(crate) stop: CancellationToken,
    next_link: AtomicU64,
}

/// The links to one peer.
pub(crate) struct Peer {
    pub(crate) control: Arc<Link>,
    pub(crate) bulk: Arc<Link>,
}

// === impl Core ===

impl Core {
    pub(crate) fn new(
        me: NodeId,
        transport: Arc<dyn Transport>,
        acceptor: Arc<dyn Acceptor>,
        options: NetworkOptions,
    ) -> Core {
        Core {
            me,
            options,
            transport,
            acceptor,
            board: Board::new(),
            peers: RwLock::default(),
            accepted: Mutex::default(),
            removed: RwLock::default(),
            expelled: watch::Sender::new(false),
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
            next_link: AtomicU64::new(1),
        }
    }

    /// What this node says about itself.
    pub(crate) fn hello(&self, lane: Lane) -> Hello {
        Hello {
            node: self.me,
            incarnation: self.options.incarnation,
            lane,
            window: self.receive_window(),
            cluster: self.options.cluster.clone(),
        }
    }

    pub(crate) fn receive_window(&self) -> u32 {
        self.options.stream_window.max(MIN_WINDOW)
    }

    /// Starts dialing a peer.
    pub(crate) fn add_peer(self: &Arc<Self>, node: NodeId, address: &str) -> Peer {
        let link = |lane| {
            let id = self.next_link.fetch_add(1, Ordering::Relaxed);
            let link = Link::new(id, node, address.to_owned(), lane, self.stop.child_token());
            let link = Arc::new(link);
            self.tasks.spawn(link.clone().run(self.clone()));
            link
        };
        Peer {
            control: link(Lane::Control),
            bulk: link(Lane::Bulk),
        }
    }

    /// Closes the links to a peer; their callers are told before this returns.
    pub(crate) fn remove_peer(&self, peer: &Peer) {
        for link in [&peer.control, &peer.bulk] {
            link.close();
            self.board.down(link.to(), link.id());
        }
    }

    /// Turns these nodes away from now on, and ends the connections that they have.
    pub(crate) fn turn_away(&self, nodes: &BTreeSet<NodeId>) {
        if *self.removed.read() == *nodes {
            return;
        }
        self.removed.write().clone_from(nodes);
        // Who is welcomed at this moment looks again once it is on the list.
        let accepted: Vec<_> = self.accepted.lock().values().cloned().collect();
        let theirs = accepted.iter().filter(|live| nodes.contains(&live.peer()));
        theirs.for_each(|connection| connection.close());
    }

    pub(crate) fn is_removed(&self, node: NodeId) -> bool {
        self.removed.read().contains(&node)
    }

    /// A peer connected: it is there, and whatever an older incarnation had is not.
    pub(crate) fn heard_from(&self, node: NodeId, incarnation: Incarnation) {
        if let Some(peer) = self.peers.read().get(&node) {
            peer.control.nudge(incarnation);
            peer.bulk.nudge(incarnation);
        }
    }
}
