//! Attach [2.7.3].

use super::super::event::{Attaching, Event};
use super::super::fault::{Fault, Handled};
use super::super::id::LinkId;
use super::super::link::Link;
use crate::codec::performative::{AmqpError, Attach, condition};
use crate::codec::terminus::TargetArchetype;
use crate::engine::Engine;
use crate::limits;

impl Engine {
    pub(super) fn receive_attach(&mut self, channel: u16, attach: Attach) -> Handled {
        let serial = self.serial();
        let Some(session) = self.sessions.get_mut(&channel) else {
            return Ok(());
        };
        let handle = attach.handle;
        if handle > self.config.handle_max {
            let description = format!("handle {handle} exceeds the handle-max");
            return Err(Fault::connection(condition::FRAMING_ERROR, description));
        }
        if session.links.contains_key(&handle) {
            let description = format!("a link is attached under handle {handle}");
            return Err(Fault::session(condition::HANDLE_IN_USE, description));
        }
        if attach.name.len() > limits::MAX_LINK_NAME {
            // Detaching it would mean to repeat the name.
            let description = "the name of a link is too long";
            return Err(Fault::session(
                condition::RESOURCE_LIMIT_EXCEEDED,
                description,
            ));
        }
        let link = LinkId {
            channel,
            handle,
            serial,
        };
        let pending = Link::pending(link, &attach, self.config.max_unsettled);
        let session_id = session.id;
        let over_peer_max = handle > session.peer_handle_max;
        session.links.insert(handle, Box::new(pending));
        self.links += 1;
        if let Some(error) = self.unattachable(&attach, over_peer_max) {
            // The host has not heard of the link, so it hears of no end either.
            self.detach_link(channel, handle, Some(error));
            return Ok(());
        }
        let target = match attach.target {
            Some(TargetArchetype::Target(target)) => Some(target),
            Some(TargetArchetype::Coordinator) | None => None,
        };
        self.events.push_back(Event::Attaching(Box::new(Attaching {
            link,
            session: session_id,
            name: attach.name,
            role: attach.role,
            source: attach.source,
            target,
            snd_settle_mode: attach.snd_settle_mode,
            rcv_settle_mode: attach.rcv_settle_mode,
            max_message_size: attach.max_message_size,
            desired_capabilities: attach.desired_capabilities,
            properties: attach.properties,
        })));
        Ok(())
    }

    /// Why a link is refused whatever the host may think of it.
    fn unattachable(&self, attach: &Attach, over_peer_max: bool) -> Option<AmqpError> {
        if self.links > self.config.max_links || over_peer_max {
            let description = "there are too many links";
            return Some(AmqpError::new(
                condition::RESOURCE_LIMIT_EXCEEDED,
                description,
            ));
        }
        if let Some(TargetArchetype::Coordinator) = attach.target {
            let description = "there are no transactions";
            return Some(AmqpError::new(condition::NOT_IMPLEMENTED, description));
        }
        None
    }
}
