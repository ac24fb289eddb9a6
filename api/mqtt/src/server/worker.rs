use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::{Rc, Weak};
use std::time::Duration;

use ntex::time::{Millis, sleep};
use roost_edge::Edge;
use tokio::sync::Notify;

use super::Transport;
use crate::connection::Connection;
use crate::error::Ending;
use crate::metrics::Metrics;

/// A session without packets for this long, or up to twice as long, gives its buffers back.
const IDLE_PERIOD: Duration = Duration::from_secs(10);

/// What the connections of one listener share on one thread.
pub(crate) struct Worker {
    pub edge: Edge,
    pub metrics: Metrics,
    pub transport: Transport,
    pub handshake_timeout: Duration,
    sessions: RefCell<HashMap<u64, Weak<Connection>>>,
    next_number: Cell<u64>,
    stopping: Cell<bool>,
    emptied: Notify,
}

impl Worker {
    /// Must run on the worker's thread: it starts the task that looks after idle sessions.
    pub(super) fn start(edge: Edge, transport: Transport, handshake_timeout: Duration) -> Rc<Self> {
        let worker = Rc::new(Self {
            edge,
            metrics: Metrics::new(transport.label()),
            transport,
            handshake_timeout,
            sessions: RefCell::default(),
            next_number: Cell::new(0),
            stopping: Cell::new(false),
            emptied: Notify::new(),
        });
        let weak = Rc::downgrade(&worker);
        ntex::rt::spawn_detached(async move {
            loop {
                sleep(Millis::from(IDLE_PERIOD)).await;
                let Some(worker) = weak.upgrade() else { return };
                worker
                    .connections()
                    .for_each(|connection| connection.release_if_idle());
            }
        });
        worker
    }

    fn connections(&self) -> impl Iterator<Item = Rc<Connection>> {
        let connections: Vec<_> = self
            .sessions
            .borrow()
            .values()
            .filter_map(Weak::upgrade)
            .collect();
        connections.into_iter()
    }

    pub(crate) fn is_stopping(&self) -> bool {
        self.stopping.get()
    }

    /// The number under which the session can be removed.
    pub(crate) fn add(&self, connection: &Rc<Connection>) -> u64 {
        let number = self.next_number.get();
        self.next_number.set(number + 1);
        self.sessions
            .borrow_mut()
            .insert(number, Rc::downgrade(connection));
        self.metrics.connected();
        if self.stopping.get() {
            connection.close(Ending::Stopping);
        }
        number
    }

    pub(super) fn remove(&self, number: u64) {
        let mut sessions = self.sessions.borrow_mut();
        sessions.remove(&number);
        if sessions.is_empty() {
            self.emptied.notify_waiters();
        }
    }

    /// Closes every session and waits until all are detached.
    pub(super) async fn stop(&self) {
        self.stopping.set(true);
        let sessions: Vec<_> = self
            .sessions
            .borrow()
            .values()
            .filter_map(Weak::upgrade)
            .collect();
        for connection in sessions {
            connection.close(Ending::Stopping);
        }
        loop {
            let emptied = self.emptied.notified();
            if self.sessions.borrow().is_empty() {
                return;
            }
            emptied.await;
        }
    }
}
