//! Which peers can be reached, told to whoever wants to know.

use std::collections::BTreeMap;

use parking_lot::Mutex;
use roost_model::{Incarnation, NodeId};
use tokio::sync::{broadcast, watch};

use super::metrics;

/// Events that a slow subscriber may lag behind before it misses some.
const BACKLOG: usize = 256;

/// A change of the control link that this node dialed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkEvent {
    /// Calls to the node go through.
    Up(NodeId),
    /// The connection broke or fell silent, or the node left the address book.
    Down(NodeId),
}

/// The state of all links.
#[derive(Debug)]
pub(crate) struct Board {
    /// Which link of a node is up: a replaced link must not report its successor's end.
    owners: Mutex<BTreeMap<NodeId, u64>>,
    up: watch::Sender<BTreeMap<NodeId, Incarnation>>,
    events: broadcast::Sender<LinkEvent>,
}

// === impl Board ===

impl Board {
    pub(crate) fn new() -> Board {
        Board {
            owners: Mutex::default(),
            up: watch::Sender::new(BTreeMap::new()),
            events: broadcast::Sender::new(BACKLOG),
        }
    }

    pub(crate) fn is_up(&self, node: NodeId) -> bool {
        self.up.borrow().contains_key(&node)
    }

    pub(crate) fn links(&self) -> watch::Receiver<BTreeMap<NodeId, Incarnation>> {
        self.up.subscribe()
    }

    pub(crate) fn events(&self) -> broadcast::Receiver<LinkEvent> {
        // Not between a change and its event: who sees the change is not told of it again.
        let _owners = self.owners.lock();
        self.events.subscribe()
    }

    pub(crate) fn up(&self, node: NodeId, link: u64, incarnation: Incarnation) {
        let mut owners = self.owners.lock();
        owners.insert(node, link);
        self.up.send_modify(|up| {
            up.insert(node, incarnation);
        });
        // No subscriber is fine; under the lock, so that events come in the order of changes.
        let _ = self.events.send(LinkEvent::Up(node));
    }

    /// Does nothing if that link is not the one that is up.
    pub(crate) fn down(&self, node: NodeId, link: u64) {
        let mut owners = self.owners.lock();
        if owners.get(&node) != Some(&link) {
            return;
        }
        owners.remove(&node);
        self.up.send_modify(|up| {
            up.remove(&node);
        });
        metrics::link_lost();
        let _ = self.events.send(LinkEvent::Down(node));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replaced_link_does_not_report_its_successors_end() {
        let board = Board::new();
        let mut events = board.events();
        let node = NodeId(2);
        board.up(node, 1, Incarnation(1));
        board.down(node, 1);
        board.up(node, 2, Incarnation(1));
        board.down(node, 1);
        assert!(board.is_up(node));
        for expected in [
            LinkEvent::Up(node),
            LinkEvent::Down(node),
            LinkEvent::Up(node),
        ] {
            assert_eq!(events.try_recv(), Ok(expected));
        }
        assert!(events.try_recv().is_err());
    }
}
