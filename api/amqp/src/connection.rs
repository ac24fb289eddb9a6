//! One connection: its socket, its engine and what its links stand for.
//!
//! ```text
//!            bytes            events                 work (futures)
//!   socket ─────────► engine ────────► handlers ───────────────────► hub
//!      ▲                 ▲                                            │
//!      └── transmit ─────┴────── settle, send, accept ◄──── Done ─────┘
//! ```
//!
//! Everything happens in one task, so nothing here is locked. What has to be waited for is a future in
//! `work`; what it comes to is a [`Done`]. Only telemetry waits in place, for room in the hub's queue:
//! then the socket is not read.

mod attach;
mod cbs;
mod commands;
mod deliver;
mod devices;
mod done;
mod feedback;
mod finish;
mod management;
mod reading;
mod telemetry;
mod twin;

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::{Buf as _, Bytes, BytesMut};
use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use roost_edge::Protocol;
use roost_model::{CertificateChain, Identity};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio_util::sync::CancellationToken;

use crate::codec::performative::{AmqpError, condition};
use crate::context::Context;
use crate::engine::{Engine, Event, LinkId, Outgoing, SendError, SessionId};
use crate::grants::Grants;
use crate::link::device::Device;
use crate::link::{Kind, Link, Service};
use crate::metrics;
use crate::request::ReplyTo;
pub(crate) use done::{Done, Work};

/// Bytes to write with which no more events are handled until some are written.
const HIGH_WATER: usize = 256 * 1024;
/// One read of the socket, at least.
const READ: usize = 4 * 1024;
/// Bytes read that wait because of [`HIGH_WATER`]; beyond them the socket is not read.
const MAX_INPUT: usize = 256 * 1024;
/// Between looks at whether service links may stay.
const LOOK: Duration = Duration::from_secs(1);
/// Answers without a link to go to.
const MAX_ORPHANS: usize = 64;

/// Who is at the other end.
#[derive(Debug)]
pub(crate) struct Peer {
    pub(crate) address: Arc<str>,
    pub(crate) protocol: Protocol,
    /// What it showed when TLS began.
    pub(crate) certificates: Option<CertificateChain>,
}

/// A connection.
pub(crate) struct Connection {
    context: Arc<Context>,
    engine: Engine,
    peer: Arc<str>,
    protocol: Protocol,
    grants: Grants,
    links: HashMap<LinkId, Link>,
    /// Those of them on which answers go out.
    replies: BTreeSet<LinkId>,
    devices: HashMap<Identity, Device>,
    /// Answers that wait for a link.
    orphans: Vec<(Service, ReplyTo, Bytes)>,
    work: FuturesUnordered<Work>,
    /// Readers with events that the socket had no room for.
    ready: Vec<LinkId>,
    open: Option<metrics::Open>,
    last_look: Instant,
    /// The client said goodbye.
    is_clean: bool,
}

/// Serves a connection to its end.
pub(crate) async fn serve<S>(
    socket: S,
    context: Arc<Context>,
    peer: Peer,
    shutdown: CancellationToken,
) where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut connection = Connection::new(context, peer);
    connection.run(socket, shutdown).await;
    connection.finish().await;
}

impl Connection {
    fn new(context: Arc<Context>, peer: Peer) -> Connection {
        let now = Instant::now();
        Connection {
            engine: Engine::new(Arc::clone(&context.engine), now),
            context,
            peer: peer.address,
            protocol: peer.protocol,
            grants: Grants::new(peer.certificates),
            links: HashMap::new(),
            replies: BTreeSet::new(),
            devices: HashMap::new(),
            orphans: Vec::new(),
            work: FuturesUnordered::new(),
            ready: Vec::new(),
            open: None,
            last_look: now,
            is_clean: false,
        }
    }

    async fn run<S>(&mut self, socket: S, shutdown: CancellationToken)
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let (mut reader, mut writer) = tokio::io::split(socket);
        let mut input = BytesMut::new();
        let mut output = BytesMut::new();
        let mut stopping = false;
        loop {
            self.handle_events(&mut input, output.len()).await;
            let more = self.engine.transmit(Instant::now());
            if output.is_empty() {
                output = more;
            } else {
                output.extend_from_slice(&more);
            }
            if self.engine.is_finished() && output.is_empty() {
                // The client may wait for the end of TLS; it need not be there any more.
                let _ = writer.shutdown().await;
                return;
            }
            let deadline = self.deadline();
            let may_read = input.len() < MAX_INPUT && output.len() < HIGH_WATER;
            tokio::select! {
                written = writer.write(&output), if !output.is_empty() => match written {
                    Ok(0) | Err(_) => return,
                    Ok(count) => {
                        output.advance(count);
                        if output.is_empty() {
                            output = BytesMut::new();
                            let _ = writer.flush().await;
                        }
                    }
                },
                read = read(&mut reader, &mut input), if may_read && !self.engine.is_finished() => {
                    if !matches!(read, Ok(count) if count > 0) {
                        return;
                    }
                }
                Some(done) = self.work.next(), if !self.work.is_empty() => self.done(done),
                () = tokio::time::sleep_until(deadline.into()) => self.on_deadline(),
                () = shutdown.cancelled(), if !stopping => {
                    stopping = true;
                    let why = AmqpError::new(condition::CONNECTION_FORCED, "the node is stopping");
                    self.engine.close(Instant::now(), Some(why));
                }
            }
        }
    }

    /// Handles what the client has sent, as long as there is room for what it leads to.
    async fn handle_events(&mut self, input: &mut BytesMut, written: usize) {
        while self.engine.buffered() + written < HIGH_WATER {
            self.pump_readers();
            let Some(event) = self.engine.poll(Instant::now(), input) else {
                break;
            };
            self.on_event(event).await;
        }
        if input.is_empty() {
            // An idle connection keeps no buffer.
            *input = BytesMut::new();
        }
    }

    async fn on_event(&mut self, event: Event) {
        match event {
            Event::Authenticate { credentials, .. } => self.authenticate(credentials),
            Event::Opened(opened) => {
                let peer = &self.peer;
                let container = opened.container_id.chars().take(128).collect::<String>();
                tracing::debug!(%peer, container, "connection open");
                self.open = Some(metrics::opened(self.protocol.name()));
            }
            Event::SessionBegun(_) | Event::Ended { .. } => {}
            Event::Attaching(attaching) => self.attaching(*attaching),
            Event::Delivery(delivery) => self.delivered(*delivery).await,
            Event::Disposition {
                link,
                delivery,
                token,
                state,
                settled,
            } => {
                if let Some(state) = &state {
                    self.disposition(link, token, state);
                }
                if let Some(state) = state.filter(|state| !settled && state.is_outcome()) {
                    // Fails only with the link.
                    let _ = self.engine.settle(link, delivery, state);
                }
            }
            Event::Forgotten { .. } | Event::Drained { .. } => {}
            Event::Credit { link, .. } => self.credit(link),
            Event::Drain { link } => {
                self.credit(link);
                let _ = self.engine.drained(link);
            }
            Event::Detached { link, error, .. } => {
                if let Some(error) = error {
                    let peer = &self.peer;
                    tracing::info!(%peer, condition = %error.condition, "link detached by the client");
                }
                self.detached(link);
            }
            Event::Closed { by, error } => self.closed(by, error),
        }
    }

    /// Sends what waits for credit on a link.
    fn credit(&mut self, id: LinkId) {
        self.flush(id);
        self.look_for_feedback(id);
        self.pump(id);
    }

    /// Sends on a link, now or when the client gives credit.
    fn send(&mut self, id: LinkId, outgoing: Outgoing) {
        if let Some(link) = self.links.get_mut(&id) {
            link.outbox.push_back(outgoing);
            self.flush(id);
        }
    }

    fn flush(&mut self, id: LinkId) {
        let Some(link) = self.links.get_mut(&id) else {
            return;
        };
        while let Some(outgoing) = link.outbox.pop_front() {
            match self.engine.send(id, outgoing.clone()) {
                Ok(()) => metrics::delivered(link.kind.label()),
                Err(SendError::NoCredit) => {
                    link.outbox.push_front(outgoing);
                    return;
                }
                Err(error @ (SendError::TooLarge | SendError::Gone)) => {
                    let peer = &self.peer;
                    tracing::debug!(%peer, %error, "a message was not sent");
                }
            }
        }
        if link.outbox.capacity() > 0 {
            link.outbox = VecDeque::new();
        }
    }

    /// Sends an answer to the client's receiver for it.
    fn reply(&mut self, service: Service, to: ReplyTo, answer: Bytes) {
        match self.reply_link(service, &to) {
            Some(link) => self.send(link, Outgoing::new(answer)),
            // The receiver may be on its way.
            None if self.orphans.len() < MAX_ORPHANS => self.orphans.push((service, to, answer)),
            None => {}
        }
    }

    /// The receiver of the same session that has the address; else one of the session; else any.
    fn reply_link(&self, service: Service, to: &ReplyTo) -> Option<LinkId> {
        let fits = |link: &Link| match &link.kind {
            Kind::Replies(own, address) if *own == service => {
                let same_address = to.address.is_some() && *address == to.address;
                Some((link.session == to.session, same_address))
            }
            _ => None,
        };
        let candidates = self
            .replies
            .iter()
            .filter_map(|id| Some((fits(self.links.get(id)?)?, *id)));
        candidates.max().map(|(_, id)| id)
    }

    fn deadline(&self) -> Instant {
        let next = self.engine.next_deadline();
        // Asked again and again, and a gateway has tens of thousands of links: they are not looked through.
        if self.grants.has_policies() {
            next.min(self.last_look + LOOK)
        } else {
            next
        }
    }

    fn on_deadline(&mut self) {
        let now = Instant::now();
        self.engine.on_deadline(now);
        if now >= self.last_look + LOOK {
            self.last_look = now;
            self.uphold();
            self.grants.forget_expired(self.context.edge.now());
        }
    }

    /// The session of a link.
    fn session_of(&self, id: LinkId) -> Option<SessionId> {
        self.links.get(&id).map(|link| link.session)
    }
}

async fn read(
    reader: &mut (impl AsyncRead + Unpin),
    input: &mut BytesMut,
) -> std::io::Result<usize> {
    // Only once there is something: what waits for bytes holds no buffer.
    input.reserve(READ);
    reader.read_buf(input).await
}
