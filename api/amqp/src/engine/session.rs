//! A session: its windows, its links, and the deliveries that are not settled [2.5].

mod inbound;
mod outbound;

use std::collections::{BTreeMap, VecDeque};

use self::inbound::Inbound;
use self::outbound::Outbound;
use super::event::Event;
use super::id::{LinkId, SessionId};
use super::link::{Link, LinkEnd};
use super::output::Output;
use crate::codec::performative::{Begin, Flow};
use crate::limits;

/// Events that the host has not polled yet.
pub(super) type Events = VecDeque<Event>;

/// Both directions of a session. Its channel is the same in both, since only clients begin sessions.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) id: SessionId,
    /// We have ended it; what the client sent before it knew is passed over.
    pub(super) ending: bool,
    /// Links by handle, which is the same in both directions, since only clients attach.
    pub(super) links: BTreeMap<u32, Box<Link>>,
    /// Highest handle that the client takes.
    pub(super) peer_handle_max: u32,
    pub(super) inbound: Inbound,
    pub(super) outbound: Outbound,
    /// Links with deliveries that wait for the window, in their turn.
    waiting: VecDeque<u32>,
}

impl Session {
    pub(super) fn new(id: SessionId, begin: &Begin, window: u32) -> Session {
        Session {
            id,
            ending: false,
            links: BTreeMap::new(),
            peer_handle_max: begin.handle_max,
            inbound: Inbound::new(begin.next_outgoing_id, window),
            outbound: Outbound::new(begin.incoming_window),
            waiting: VecDeque::new(),
        }
    }

    /// Our begin.
    pub(super) fn begin(&self, handle_max: u32) -> Begin {
        Begin {
            remote_channel: Some(self.id.channel),
            next_outgoing_id: self.outbound.next_outgoing_id(),
            incoming_window: self.inbound.window(),
            outgoing_window: limits::OUTGOING_WINDOW,
            handle_max,
            offered_capabilities: Default::default(),
            desired_capabilities: Default::default(),
            properties: None,
        }
    }

    /// A flow about the session alone.
    pub(super) fn flow(&self) -> Flow {
        Flow::session(
            self.inbound.next_incoming_id(),
            self.inbound.window(),
            self.outbound.next_outgoing_id(),
            limits::OUTGOING_WINDOW,
        )
    }

    /// Tells the client where the session and, with a handle, a link stands.
    pub(super) fn send_flow(&self, handle: Option<u32>, output: &mut Output) {
        let mut flow = self.flow();
        if let Some(link) = handle.and_then(|handle| self.links.get(&handle)) {
            link.describe(&mut flow);
        }
        // A flow is far smaller than the smallest frame.
        let _ = output.frame(self.id.channel, &flow);
    }

    /// The link that the host means, if it is still there.
    pub(super) fn link(&mut self, id: LinkId) -> Option<&mut Link> {
        self.links
            .get_mut(&id.handle)
            .filter(|link| link.id == id)
            .map(|link| &mut **link)
    }

    /// Forgets the deliveries of a link.
    pub(super) fn forget_deliveries(&mut self, handle: u32) {
        self.inbound.unsettled.retain(|_, owner| *owner != handle);
        self.outbound
            .unsettled
            .retain(|_, delivery| delivery.handle != handle);
        self.waiting.retain(|owner| *owner != handle);
    }

    /// We have ended it: only the channel is taken until the client ends it too.
    pub(super) fn let_go(&mut self) {
        self.ending = true;
        self.links = BTreeMap::new();
        self.inbound.unsettled = BTreeMap::new();
        self.outbound.unsettled = BTreeMap::new();
        self.waiting = VecDeque::new();
    }

    /// Puts a link with something to write last in the row.
    pub(super) fn line_up(&mut self, handle: u32) {
        if !self.waiting.contains(&handle) {
            self.waiting.push_back(handle);
        }
    }

    /// Writes what waits, as far as window and credit go. Links take turns.
    pub(super) fn write_waiting(&mut self, output: &mut Output, events: &mut Events) {
        for _ in 0..self.waiting.len() {
            if self.outbound.is_shut() {
                return;
            }
            let Some(handle) = self.waiting.pop_front() else {
                return;
            };
            if self.write_link(handle, output, events) {
                self.waiting.push_back(handle);
            }
        }
    }

    /// Writes what waits on one link, and says whether it has to wait for the window.
    pub(super) fn write_link(
        &mut self,
        handle: u32,
        output: &mut Output,
        events: &mut Events,
    ) -> bool {
        let Some(link) = self.links.get_mut(&handle) else {
            return false;
        };
        let (id, attached) = (link.id, link.is_attached());
        let LinkEnd::Sending(sending) = &mut link.end else {
            return false;
        };
        if !attached {
            return false;
        }
        self.outbound.write(id, sending, output);
        if let Some(available) = sending.newly_available() {
            events.push_back(Event::Credit {
                link: id,
                available,
            });
        }
        let left = sending.waits_for_window();
        if sending.finish_drain() {
            self.send_flow(Some(handle), output);
        }
        left
    }
}
