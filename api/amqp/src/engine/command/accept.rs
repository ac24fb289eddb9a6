//! Attaching links or not.

use super::Gone;
use crate::codec::performative::{AmqpError, condition};
use crate::codec::terminus::{Source, Target, TargetArchetype};
use crate::codec::{Map, Symbols};
use crate::engine::event::Attaching;
use crate::engine::link::{LinkEnd, LinkState};
use crate::engine::{Engine, LinkId};

/// How a link is attached.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Accept {
    /// Where messages come from; an empty one for `None`, since without one it would be a refusal.
    pub source: Option<Source>,
    /// Where messages go to; likewise.
    pub target: Option<Target>,
    /// Largest message in bytes; `None` for the one of the engine.
    pub max_message_size: Option<u64>,
    /// Whether outcomes of deliveries to the client mean nothing to the host, as with a log that
    /// many read: none is kept and no disposition is reported. The Python SDK of Event Hubs asks for
    /// unsettled deliveries and never settles one.
    pub ignore_outcomes: bool,
    /// Extensions that the client may use.
    pub offered_capabilities: Symbols,
    /// Anything else.
    pub properties: Option<Map>,
}

impl Accept {
    /// As the client wants it. Most clients want both ends to come back as they sent them.
    pub fn as_asked(attaching: &mut Attaching) -> Accept {
        Accept {
            source: attaching.source.take(),
            target: attaching.target.take(),
            ..Accept::default()
        }
    }
}

impl Engine {
    /// Attaches a link of [`Event::Attaching`](super::super::Event::Attaching). A client that sends
    /// still needs [credit](Engine::grant).
    ///
    /// # Errors
    ///
    /// The client has given it up.
    pub fn accept(&mut self, link: LinkId, accept: Accept) -> Result<(), Gone> {
        let default_size = self.config.max_message_size;
        let session = self.sessions.get_mut(&link.channel).ok_or(Gone)?;
        let entry = session.link(link).ok_or(Gone)?;
        let LinkState::Pending(pending) = &entry.state else {
            return Err(Gone);
        };
        let max_message_size = accept.max_message_size.unwrap_or(default_size);
        let mut attach = entry.attach(pending);
        attach.source = Some(accept.source.unwrap_or_default());
        attach.target = Some(TargetArchetype::Target(accept.target.unwrap_or_default()));
        attach.max_message_size = Some(max_message_size);
        attach.offered_capabilities = accept.offered_capabilities;
        attach.properties = accept.properties;
        if !self.output.frame(link.channel, &attach) {
            let description = "the attach does not fit into a frame";
            let error = AmqpError::new(condition::FRAME_SIZE_TOO_SMALL, description);
            self.fail_link(link.channel, link.handle, error);
            return Err(Gone);
        }
        entry.state = LinkState::Attached;
        let drains = match &mut entry.end {
            LinkEnd::Receiving(receiving) => {
                receiving.max_message_size = max_message_size;
                false
            }
            LinkEnd::Sending(sending) => {
                sending.ignores_outcomes = accept.ignore_outcomes;
                sending.is_asked_to_drain()
            }
        };
        // Clients give credit without waiting for the answer.
        session.write_link(link.handle, &mut self.output, &mut self.events);
        if drains {
            self.events.push_back(crate::engine::Event::Drain { link });
        }
        Ok(())
    }

    /// Refuses a link of [`Event::Attaching`](super::super::Event::Attaching): attaches it without
    /// source and target and detaches it [2.6.3].
    ///
    /// # Errors
    ///
    /// The client has given it up.
    pub fn refuse(&mut self, link: LinkId, error: AmqpError) -> Result<(), Gone> {
        self.detach(link, Some(error))
    }
}
