//! One dialed connection, again and again.
//!
//! ```text
//!            control: at once            ┌─────────── backoff ◄──────────┐
//!  Idle ──────────────────────► Dialing ─┤ failed                        │
//!   ▲        bulk: when wanted           └► Up(connection) ── broke ──► Down
//!   └───────────────────────── bulk, after the backoff ──────────────────┘
//! ```

use std::sync::Arc;

use roost_model::{Incarnation, NodeId};
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::backoff::Backoff;
use super::call::CallError;
use super::connection::Connection;
use super::core::Core;
use super::handshake::{Greeted, HandshakeError, greet};
use super::hello::Lane;
use super::{metrics, reader};

/// The way to one peer on one lane.
#[derive(Debug)]
pub(crate) struct Link {
    id: u64,
    to: NodeId,
    address: String,
    lane: Lane,
    state: watch::Sender<State>,
    wanted: Notify,
    nudged: Notify,
    stop: CancellationToken,
}

#[derive(Debug, Clone)]
enum State {
    /// Nobody asked yet.
    Idle,
    /// The first attempt since somebody asked.
    Dialing,
    Up(Arc<Connection>),
    /// The last attempt failed or the connection broke.
    Down,
    Closed,
}

// === impl Link ===

impl Link {
    pub(crate) fn new(
        id: u64,
        to: NodeId,
        address: String,
        lane: Lane,
        stop: CancellationToken,
    ) -> Link {
        let first = match lane {
            Lane::Control => State::Dialing,
            Lane::Bulk => State::Idle,
        };
        let state = watch::Sender::new(first);
        let (wanted, nudged) = (Notify::new(), Notify::new());
        Link {
            id,
            to,
            address,
            lane,
            state,
            wanted,
            nudged,
            stop,
        }
    }

    pub(crate) fn id(&self) -> u64 {
        self.id
    }

    pub(crate) fn to(&self) -> NodeId {
        self.to
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// The connection. Waits for a first attempt that is under way, not for a peer that is known
    /// to be away.
    pub(crate) async fn connection(&self) -> Result<Arc<Connection>, CallError> {
        if let State::Up(connection) = &*self.state.borrow() {
            return Ok(connection.clone());
        }
        let mut state = self.state.subscribe();
        loop {
            match &*state.borrow_and_update() {
                State::Up(connection) => return Ok(connection.clone()),
                State::Down | State::Closed => return Err(CallError::Unreachable),
                State::Idle => self.wanted.notify_one(),
                State::Dialing => {}
            }
            state.changed().await.map_err(|_| CallError::Unreachable)?;
        }
    }

    /// The peer, in this incarnation, is known to be there: try at once, and do not believe a
    /// connection to an older one.
    pub(crate) fn nudge(&self, incarnation: Incarnation) {
        match &*self.state.borrow() {
            State::Up(connection) if connection.incarnation() < incarnation => connection.close(),
            State::Down => self.nudged.notify_one(),
            _ => {}
        }
    }

    /// Ends the link for good.
    pub(crate) fn close(&self) {
        self.stop.cancel();
        let last = self.state.send_replace(State::Closed);
        if let State::Up(connection) = last {
            connection.close();
        }
    }

    /// Dials until the link is closed.
    pub(crate) async fn run(self: Arc<Self>, core: Arc<Core>) {
        let stopped = self.stop.clone();
        stopped.run_until_cancelled(self.keep_up(&core)).await;
        self.close();
        core.board.down(self.to, self.id);
    }

    async fn keep_up(&self, core: &Arc<Core>) {
        let options = &core.options;
        let seed = options
            .seed
            .map_or_else(rand::random, |seed| seed ^ self.id);
        let mut backoff = Backoff::new(options.backoff_first, options.backoff_longest, seed);
        let mut last_error = String::new();
        loop {
            if self.lane == Lane::Bulk && !self.wait_until_wanted().await {
                return;
            }
            match self.dial(core).await {
                Ok(greeted) => {
                    last_error.clear();
                    let since = Instant::now();
                    self.serve(core, greeted).await;
                    // A peer that accepts only to close must not be dialed in a tight loop.
                    if since.elapsed() > options.backoff_longest {
                        backoff.reset();
                    }
                }
                Err(error) => {
                    metrics::dial_failed();
                    self.log_failure(&error, &mut last_error);
                    if matches!(error, HandshakeError::Expelled) {
                        core.expelled.send_replace(true);
                    }
                    self.set(State::Down);
                }
            }
            tokio::select! {
                () = sleep(backoff.delay()) => {}
                () = self.nudged.notified() => backoff.reset(),
            }
        }
    }

    /// False when the link was closed meanwhile.
    async fn wait_until_wanted(&self) -> bool {
        if !self.set(State::Idle) {
            return false;
        }
        self.wanted.notified().await;
        self.set(State::Dialing)
    }

    /// Nothing follows [`State::Closed`].
    fn set(&self, state: State) -> bool {
        self.state.send_if_modified(|current| {
            let open = !matches!(current, State::Closed);
            if open {
                *current = state;
            }
            open
        })
    }

    async fn dial(&self, core: &Core) -> Result<Greeted, HandshakeError> {
        let hello = core.hello(self.lane);
        let dialing = async {
            let stream = core.transport.dial(self.to, &self.address).await?;
            greet(stream, self.to, &hello).await
        };
        timeout(core.options.dial_timeout, dialing)
            .await
            .unwrap_or(Err(HandshakeError::TimedOut))
    }

    async fn serve(&self, core: &Core, greeted: Greeted) {
        let Greeted { io, decoder, hello } = greeted;
        let options = &core.options;
        let connection = Connection::new(&hello, options, core.receive_window(), None);
        if !self.set(State::Up(connection.clone())) {
            return;
        }
        let control = self.lane == Lane::Control;
        if control {
            core.board.up(self.to, self.id, hello.incarnation);
        }
        tracing::info!(
            peer = %self.to, incarnation = %hello.incarnation, lane = self.lane.name(), "link up"
        );
        let ended = reader::run(
            &connection,
            io,
            decoder,
            options.ping_every,
            options.dead_after,
        )
        .await;
        self.set(State::Down);
        if control {
            core.board.down(self.to, self.id);
        }
        tracing::warn!(peer = %self.to, lane = self.lane.name(), reason = %ended, "link down");
    }

    /// Says a reason once, not with every attempt.
    fn log_failure(&self, error: &HandshakeError, last: &mut String) {
        let error = error.to_string();
        if *last != error {
            tracing::warn!(
                peer = %self.to, address = self.address, lane = self.lane.name(), error,
                "cannot connect; trying on"
            );
            *last = error;
        }
    }
}
