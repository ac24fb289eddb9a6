//! Flow [2.7.4].

use super::super::event::Event;
use super::super::fault::{Fault, Handled};
use super::super::link::{LinkEnd, LinkState};
use crate::codec::performative::Flow;
use crate::engine::Engine;

impl Engine {
    pub(super) fn receive_flow(&mut self, channel: u16, flow: &Flow) -> Handled {
        let Some(session) = self.sessions.get_mut(&channel) else {
            return Ok(());
        };
        session.inbound.expect(flow.next_outgoing_id);
        session.outbound.update(flow);
        if let Some(handle) = flow.handle {
            let Some(link) = session.links.get_mut(&handle) else {
                return Err(Fault::unattached(handle));
            };
            let (id, attached) = (link.id, link.is_attached());
            if matches!(link.state, LinkState::Detaching) {
                return Ok(());
            }
            match &mut link.end {
                LinkEnd::Receiving(receiving) => {
                    if receiving.update(flow) {
                        self.events.push_back(Event::Drained { link: id });
                    }
                }
                LinkEnd::Sending(sending) => {
                    // Before the attach is answered the host hears nothing of the link.
                    if sending.update(flow) && attached {
                        self.events.push_back(Event::Drain { link: id });
                    }
                    if session.write_link(handle, &mut self.output, &mut self.events) {
                        session.line_up(handle);
                    }
                }
            }
        }
        session.write_waiting(&mut self.output, &mut self.events);
        if flow.echo {
            session.send_flow(flow.handle, &mut self.output);
        }
        Ok(())
    }
}
