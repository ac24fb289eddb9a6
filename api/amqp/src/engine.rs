//! The protocol as a state machine: bytes and commands in, events and bytes out.
//!
//! ```text
//!             ┌ phase ─────────────────────────────────────────────────┐
//!   input ──► │ header ► SASL ► header ► open │ receive/* one file for │ ──► events
//!             │                               │ each performative      │
//!             │   sessions ► links            │ fault ► detach, end,   │
//!   host  ──► │                               │         close          │ ──► output
//!             │ command/* accept, grant, send, settle, detach …        │
//!             └────────────────────────────────────────────────────────┘
//! ```
//!
//! It does no I/O and knows no clock. Clients begin sessions and attach links, the server never
//! does; so channels and handles are the client's in both directions.

mod command;
mod config;
mod event;
mod fault;
mod id;
mod link;
mod output;
mod phase;
mod receive;
mod session;
#[cfg(test)]
mod tests;
mod timers;

pub use self::command::{Accept, Gone, SendError};
pub use self::config::EngineConfig;
pub use self::event::{Attaching, Delivery, Event, Opened, Side};
pub use self::id::{DeliveryId, LinkId, SessionId};
pub use self::link::Outgoing;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Instant;

use bytes::BytesMut;

use self::output::Output;
use self::phase::Phase;
use self::session::{Events, Session};
use self::timers::{Due, Timers};

/// One connection.
#[derive(Debug)]
pub struct Engine {
    config: Arc<EngineConfig>,
    phase: Phase,
    timers: Timers,
    output: Output,
    events: Events,
    sessions: BTreeMap<u16, Box<Session>>,
    /// Highest channel that the client takes.
    peer_channel_max: u16,
    /// Links of all sessions.
    links: usize,
    /// Bytes of unfinished deliveries of all links.
    assembled: usize,
    /// Channels whose incoming window is low.
    low_windows: Vec<u16>,
    next_serial: u32,
    next_tag: u64,
}

impl Engine {
    /// A connection that has just been made.
    pub fn new(config: Arc<EngineConfig>, now: Instant) -> Engine {
        let timers = Timers::start(now, config.idle_timeout, config.handshake_timeout);
        Engine {
            config,
            phase: Phase::START,
            timers,
            output: Output::new(),
            events: VecDeque::new(),
            sessions: BTreeMap::new(),
            peer_channel_max: 0,
            links: 0,
            assembled: 0,
            low_windows: Vec::new(),
            next_serial: 0,
            next_tag: 0,
        }
    }

    /// Takes from `input` until something happens that the host has to hear of. `None` when more
    /// bytes are needed, or when the host first has to [`authenticate`](Engine::authenticate).
    ///
    /// The host calls this until it says `None`, then takes what is to be
    /// [transmitted](Engine::transmit).
    pub fn poll(&mut self, now: Instant, input: &mut BytesMut) -> Option<Event> {
        loop {
            if let Some(event) = self.events.pop_front() {
                return Some(event);
            }
            if !self.step(now, input) {
                if self.events.is_empty() {
                    // What a burst had grown.
                    self.events = VecDeque::new();
                }
                return None;
            }
        }
    }

    /// Bytes for the client. Windows that the client has used up are opened here, so that a client
    /// whose events nobody polls comes to a stop.
    pub fn transmit(&mut self, now: Instant) -> BytesMut {
        for channel in std::mem::take(&mut self.low_windows) {
            if let Some(session) = self.sessions.get_mut(&channel)
                && !session.ending
            {
                session.inbound.open();
                session.send_flow(None, &mut self.output);
            }
        }
        let bytes = self.output.take();
        if !bytes.is_empty() {
            self.timers.sent(now);
        }
        bytes
    }

    /// Bytes that [`transmit`](Engine::transmit) would hand out. A host with much to send looks here
    /// before it goes on.
    pub fn buffered(&self) -> usize {
        self.output.len()
    }

    /// When [`on_deadline`](Engine::on_deadline) is to be called, unless something happens before.
    pub fn next_deadline(&self) -> Instant {
        self.timers.next()
    }

    /// Does what is due: an empty frame so that the client does not give up, or the end of a
    /// connection whose client is silent.
    pub fn on_deadline(&mut self, now: Instant) {
        match self.timers.due(now) {
            Some(Due::Heartbeat) => self.output.heartbeat(),
            Some(Due::Idle) => self.give_up_on_silent_client(now),
            Some(Due::Limit) => self.give_up_on_slow_client(),
            None => {}
        }
    }

    /// Whether the socket is to be closed once everything is written.
    pub fn is_finished(&self) -> bool {
        matches!(self.phase, Phase::Finished)
    }

    /// A number that no session or link had before.
    fn serial(&mut self) -> u32 {
        let serial = self.next_serial;
        self.next_serial = serial.wrapping_add(1);
        serial
    }
}
