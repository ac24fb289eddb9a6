//! Begin [2.7.2].

use super::super::event::Event;
use super::super::fault::{Fault, Handled};
use super::super::id::SessionId;
use super::super::session::Session;
use crate::codec::performative::{Begin, condition};
use crate::engine::Engine;

impl Engine {
    pub(super) fn receive_begin(&mut self, channel: u16, begin: &Begin) -> Handled {
        if self.sessions.contains_key(&channel) {
            let description = format!("channel {channel} has a session");
            return Err(Fault::connection(condition::ILLEGAL_STATE, description));
        }
        if begin.remote_channel.is_some() {
            let description = "the server has begun no session that could be answered";
            return Err(Fault::connection(condition::ILLEGAL_STATE, description));
        }
        if channel > self.peer_channel_max {
            let description = "the session's channel exceeds the client's own channel-max";
            return Err(Fault::connection(condition::NOT_ALLOWED, description));
        }
        let serial = self.serial();
        let id = SessionId { channel, serial };
        let session = Session::new(id, begin, self.config.incoming_window);
        let _ = self
            .output
            .frame(channel, &session.begin(self.config.handle_max));
        self.sessions.insert(channel, Box::new(session));
        self.events.push_back(Event::SessionBegun(id));
        Ok(())
    }
}
