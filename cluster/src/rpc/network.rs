//! A node's handle to its mux.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use roost_model::{Incarnation, NodeId};
use tokio::sync::{broadcast, watch};
use tokio::time::timeout;
use tokio_util::sync::DropGuard;

use super::acceptor::Acceptor;
use super::board::LinkEvent;
use super::call::CallError;
use super::core::Core;
use super::frame::MAX_PAYLOAD;
use super::hello::Lane;
use super::link::Link;
use super::options::NetworkOptions;
use super::stream::Stream;
use super::{listener, metrics};
use crate::transport::Transport;

/// Reaches the other nodes. Cheap to clone; when the last clone is dropped, all connections are
/// closed. An [`Acceptor`] should therefore not hold one, or only weakly.
#[derive(Clone)]
pub struct Network {
    inner: Arc<Inner>,
}

struct Inner {
    core: Arc<Core>,
    _stop: DropGuard,
}

// === impl Network ===

impl Network {
    /// Starts to accept connections; [`Network::set_peers`] makes it dial. To be called within a
    /// tokio runtime. Peers may call the acceptor before this returns.
    pub fn start(
        me: NodeId,
        transport: Arc<dyn Transport>,
        acceptor: Arc<dyn Acceptor>,
        options: NetworkOptions,
    ) -> Network {
        let core = Arc::new(Core::new(me, transport, acceptor, options));
        core.tasks.spawn(listener::listen(core.clone()));
        let stop = core.stop.clone().drop_guard();
        Network {
            inner: Arc::new(Inner { core, _stop: stop }),
        }
    }

    /// This node.
    pub fn me(&self) -> NodeId {
        self.inner.core.me
    }

    /// Replaces the address book: nodes and where to dial them, `host:port`. New nodes are
    /// dialed, those gone are disconnected, changed ones both. This node itself is ignored.
    pub fn set_peers(&self, mut book: BTreeMap<NodeId, String>) {
        let core = &self.inner.core;
        book.remove(&core.me);
        let mut peers = core.peers.write();
        if core.stop.is_cancelled() {
            return;
        }
        peers.retain(|node, peer| {
            let stays = book
                .get(node)
                .is_some_and(|address| address == peer.control.address());
            if !stays {
                core.remove_peer(peer);
            }
            stays
        });
        for (node, address) in book {
            peers
                .entry(node)
                .or_insert_with(|| core.add_peer(node, &address));
        }
    }

    /// Replaces the list of nodes that were removed from the cluster: their connections end, further
    /// ones are refused, and they are told why.
    pub fn turn_away(&self, nodes: &BTreeSet<NodeId>) {
        self.inner.core.turn_away(nodes);
    }

    /// Becomes true when a peer says that this node was removed from the cluster.
    pub fn expelled(&self) -> watch::Receiver<bool> {
        self.inner.core.expelled.subscribe()
    }

    /// Calls a peer on the control lane and waits for its answer. Dropping the future abandons
    /// the call; the peer is not told. Calls that a task makes one after the other, without
    /// waiting for answers (each future polled before the next), arrive in that order.
    ///
    /// # Errors
    /// [`CallError`]. A peer that is known to be away is [`CallError::Unreachable`] at once, and
    /// so is this node itself.
    pub async fn call(
        &self,
        to: NodeId,
        kind: u8,
        payload: Bytes,
        deadline: Duration,
    ) -> Result<Bytes, CallError> {
        let called = async {
            check(&payload)?;
            let connection = self.link(to, Lane::Control)?.connection().await?;
            connection.call(kind, payload).await
        };
        let answer = timeout(deadline, called)
            .await
            .unwrap_or(Err(CallError::TimedOut));
        if let Err(error) = &answer {
            metrics::call_failed(reason(error));
        }
        answer
    }

    /// Opens a stream to a peer. Does not wait for the peer: if it will not have the stream,
    /// using it fails with [`StreamError::Reset`](super::StreamError::Reset).
    ///
    /// # Errors
    /// [`CallError::Unreachable`] without a link, [`CallError::Refused`] with
    /// [`Refused::OVERLOADED`](super::Refused::OVERLOADED) when too many streams are open,
    /// [`CallError::TooLarge`].
    pub async fn open(
        &self,
        to: NodeId,
        lane: Lane,
        kind: u8,
        header: Bytes,
    ) -> Result<Stream, CallError> {
        check(&header)?;
        let connection = self.link(to, lane)?.connection().await?;
        connection.open(kind, header).await
    }

    /// Whether the control link that this node dialed to a peer is up.
    pub fn is_up(&self, node: NodeId) -> bool {
        self.inner.core.board.is_up(node)
    }

    /// The peers whose links are up, with their incarnations; tells of changes, but a link that
    /// breaks and comes back between two looks is not seen.
    pub fn links(&self) -> watch::Receiver<BTreeMap<NodeId, Incarnation>> {
        self.inner.core.board.links()
    }

    /// Every change of a link from now on.
    pub fn link_events(&self) -> broadcast::Receiver<LinkEvent> {
        self.inner.core.board.events()
    }

    /// Closes all connections and waits until every task has ended. What is under way fails.
    pub async fn shutdown(&self) {
        let core = &self.inner.core;
        core.stop.cancel();
        let peers = std::mem::take(&mut *core.peers.write());
        peers.values().for_each(|peer| core.remove_peer(peer));
        core.tasks.close();
        core.tasks.wait().await;
    }

    fn link(&self, to: NodeId, lane: Lane) -> Result<Arc<Link>, CallError> {
        let peers = self.inner.core.peers.read();
        let peer = peers.get(&to).ok_or(CallError::Unreachable)?;
        Ok(match lane {
            Lane::Control => peer.control.clone(),
            Lane::Bulk => peer.bulk.clone(),
        })
    }
}

fn check(payload: &Bytes) -> Result<(), CallError> {
    match payload.len() {
        length if length > MAX_PAYLOAD => Err(CallError::TooLarge(length)),
        _ => Ok(()),
    }
}

fn reason(error: &CallError) -> &'static str {
    match error {
        CallError::Unreachable => "unreachable",
        CallError::TimedOut => "timed_out",
        CallError::Refused { .. } => "refused",
        CallError::Closed => "closed",
        CallError::TooLarge(_) => "too_large",
    }
}

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Network")
            .field("me", &self.me())
            .finish_non_exhaustive()
    }
}
