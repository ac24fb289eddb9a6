//! End [2.7.8], and the end of a session from our side.

use super::super::event::Event;
use super::super::link::LinkState;
use super::super::session::{Events, Session};
use crate::codec::performative::{AmqpError, End};
use crate::engine::Engine;

impl Engine {
    pub(super) fn receive_end(&mut self, channel: u16, end: End) {
        let Some(session) = self.sessions.remove(&channel) else {
            return;
        };
        tell_of_links(&session, &mut self.events);
        self.release_links(&session);
        let _ = self.output.frame(channel, &End { error: None });
        let (session, error) = (session.id, end.error);
        self.events.push_back(Event::Ended { session, error });
    }

    /// Breaks a session off.
    pub(in crate::engine) fn fail_session(&mut self, channel: u16, error: AmqpError) {
        let Some(session) = self
            .sessions
            .get(&channel)
            .filter(|session| !session.ending)
        else {
            return;
        };
        let id = session.id;
        tell_of_links(session, &mut self.events);
        self.end_session(channel, Some(error.clone()));
        let (session, error) = (id, Some(error));
        self.events.push_back(Event::Ended { session, error });
    }

    /// Writes our end and waits for the client's.
    pub(in crate::engine) fn end_session(&mut self, channel: u16, error: Option<AmqpError>) {
        self.output.farewell(channel, error, |error| End { error });
        if let Some(mut session) = self.sessions.remove(&channel) {
            self.release_links(&session);
            session.let_go();
            self.sessions.insert(channel, session);
        }
    }

    fn release_links(&mut self, session: &Session) {
        self.links -= session.links.len();
        self.assembled -= session
            .links
            .values()
            .map(|link| link.assembled())
            .sum::<usize>();
    }
}

fn tell_of_links(session: &Session, events: &mut Events) {
    let links = session.links.values();
    let alive = links.filter(|link| !matches!(link.state, LinkState::Detaching));
    events.extend(alive.map(|link| Event::Detached {
        link: link.id,
        closed: false,
        error: None,
    }));
}
