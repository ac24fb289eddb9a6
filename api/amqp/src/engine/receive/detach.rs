//! Detach [2.7.7], and the end of a link from our side.

use super::super::event::Event;
use super::super::fault::{Fault, Handled};
use super::super::link::{Link, LinkState};
use super::super::output::Output;
use crate::codec::performative::{AmqpError, Detach};
use crate::engine::Engine;

impl Engine {
    pub(super) fn receive_detach(&mut self, channel: u16, detach: Detach) -> Handled {
        let Detach {
            handle,
            closed,
            error,
        } = detach;
        let Some(session) = self.sessions.get_mut(&channel) else {
            return Ok(());
        };
        let Some(mut link) = session.links.remove(&handle) else {
            return Err(Fault::unattached(handle));
        };
        session.forget_deliveries(handle);
        self.links -= 1;
        self.assembled -= link.assembled();
        if matches!(link.state, LinkState::Detaching) {
            return Ok(());
        }
        answer_attach(&mut link, &mut self.output);
        let answer = Detach {
            handle,
            closed,
            error: None,
        };
        let _ = self.output.frame(channel, &answer);
        let link = link.id;
        self.events.push_back(Event::Detached {
            link,
            closed,
            error,
        });
        Ok(())
    }

    /// Breaks a link off. The host hears of it, unless it has not been asked about it either.
    pub(in crate::engine) fn fail_link(&mut self, channel: u16, handle: u32, error: AmqpError) {
        let Some(link) = self.detach_link(channel, handle, Some(error.clone())) else {
            return;
        };
        let (closed, error) = (true, Some(error));
        self.events.push_back(Event::Detached {
            link,
            closed,
            error,
        });
    }

    /// Writes our detach, after an attach if there was none, and waits for the client's.
    pub(in crate::engine) fn detach_link(
        &mut self,
        channel: u16,
        handle: u32,
        error: Option<AmqpError>,
    ) -> Option<super::super::LinkId> {
        let session = self.sessions.get_mut(&channel)?;
        let link = session.links.get_mut(&handle)?;
        if matches!(link.state, LinkState::Detaching) {
            return None;
        }
        answer_attach(link, &mut self.output);
        let closed = true;
        self.output.farewell(channel, error, |error| Detach {
            handle,
            closed,
            error,
        });
        self.assembled -= link.assembled();
        let id = link.id;
        link.let_go();
        session.forget_deliveries(handle);
        Some(id)
    }
}

/// A link has to be attached before it can be detached; without source and target it is refused.
fn answer_attach(link: &mut Link, output: &mut Output) {
    if let LinkState::Pending(pending) = &link.state {
        let refusal = link.attach(pending);
        let _ = output.frame(link.id.channel, &refusal);
    }
}
